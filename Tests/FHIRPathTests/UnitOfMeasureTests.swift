import Base
import FHIRPath
import Testing

@Suite struct UnitOfMeasureTests {
    private let bench: Bench

    init() throws {
        bench = try Bench(
            """
            {"resourceType":"Observation","status":"final","code":{"text":"x"},
             "valueQuantity":{"value":185,"unit":"lbs","system":"http://unitsofmeasure.org","code":"[lb_av]"},
             "component":[{"code":{"text":"y"},"valueQuantity":
               {"value":5,"unit":"years","system":"http://unitsofmeasure.org","code":"a"}}]}
            """)
    }

    private func one(_ text: String) throws -> String {
        try bench.items(text).map(\.description).joined(separator: ", ")
    }

    private func unit(_ code: String) -> UnitOfMeasure? {
        Array(code.utf8).withUnsafeBytes { UnitOfMeasure(code: $0) }
    }

    @Test(arguments: [
        "1", "%", "kg", "mg/dL", "mmol/L", "10*3/uL", "10*9/L", "10^12/L", "/min", "{score}", "mm[Hg]", "cm[H2O]",
        "kg/m2", "mL/min/{1.73_m2}", "ug/mL{FEU}", "[iU]/L", "m[iU]/mL", "U/L", "meq/L", "mosm/kg", "pg", "fL",
        "ng/mL/h", "{#}/[HPF]", "Cel", "[degF]", "[in_i]", "[lb_av]", "L/min", "kPa", "kcal/d", "umol/(8.h)", "10*",
        "/[arb'U]", "g/(24.h)", "mL/kg/h", "{cells}/uL", "m/s2", "s-1", "kg.m.s-2", "pmol/min/mg{protein}", "[pH]",
        "ug/kg/min", "mg/g{creat}", "bar", "dB", "uV", "mSv", "Bq", "a", "mo", "wk", "d", "h", "min", "s", "ms",
        "[tsp_us]", "[foz_us]", "[car_m]", "deg", "[ppm]", "nmol/d", "nkat/L", "[CFU]/mL", "100/{WBC}", "mm/h",
    ])
    func `units of laboratories and bedsides are known`(_ code: String) {
        #expect(unit(code) != nil)
    }

    @Test(arguments: [
        "", "kgg", "mg//dL", "mg/", "(mg", "mg)", "lbs", "5 mg", "m2m", "{a", "mm hg", "k", "Kg", "m999", "kin_i", "m0",
        "Cel/s", "[in_i", String(repeating: "(", count: 100) + "m" + String(repeating: ")", count: 100),
        String(repeating: "m.", count: 200) + "m", "m64.m64.m64.m64.m64",
    ])
    func `what is no unit is refused`(_ code: String) {
        #expect(unit(code) == nil)
    }

    @Test(arguments: [
        ("1 'mg/dL' = 10 'mg/L'", "boolean true"), ("1 'kg' = 1000 'g'", "boolean true"),
        ("1 '[in_i]' = 2.54 'cm'", "boolean true"), ("1 '[ft_i]' = 12 '[in_i]'", "boolean true"),
        ("1 '[lb_av]' = 16 '[oz_av]'", "boolean true"), ("1 '[lb_av]' = 453.59237 'g'", "boolean true"),
        ("5 '10*3/uL' = 5 '10*9/L'", "boolean true"), ("120 'mm[Hg]' > 15 'kPa'", "boolean true"),
        ("1 'N' = 1 'kg.m/s2'", "boolean true"), ("1 'J' = 1 'N.m'", "boolean true"),
        ("1 'L' = 1 'dm3'", "boolean true"),
        ("1 'mL' = 1 'cm3'", "boolean true"), ("60 '/min' = 1 'Hz'", "boolean true"), ("50 '%' = 0.5", "boolean true"),
        ("1 'mol' = 1", ""), ("1 '[iU]' = 1 'mg'", ""), ("1 '[iU]/L' = 1000 '[iU]/m3'", "boolean true"),
        ("1 'U/L' = 16.666666666666667 'nkat/L'", "boolean false"), ("60 'U' = 1000 'nkat'", "boolean true"),
        ("37 'Cel' = 98.6 '[degF]'", ""), ("37 'Cel' = 37.0 'Cel'", "boolean true"),
        ("1 'lbs' = 1 'lbs'", "boolean true"),
        ("1 'lbs' = 1 'kg'", ""), ("2.0 'cm' * 2.0 'm' = 0.040 'm2'", "boolean true"),
        ("1 '{red}' = 1 '{blue}'", "boolean true"), ("value > 80 'kg'", "boolean true"),
        ("value < 84 'kg'", "boolean true"),
        ("4 'g' ~ 4000 'mg'", "boolean true"), ("4 'g' ~ 4040 'mg'", "boolean true"),
        ("4 'g' = 4040 'mg'", "boolean false"),
        ("21 'mm' ~ 2 'cm'", "boolean true"), ("1.04 ~ 1.00", "boolean true"), ("1 year ~ 1 'a'", "boolean true"),
        ("1 year = 1 'a'", ""), ("1 year = 12 months", "boolean true"), ("6 months > 1 year", "boolean false"),
        ("1 year = 365 days", ""), ("7 days = 1 'wk'", "boolean true"), ("1 hour = 3600 's'", "boolean true"),
        ("1 month ~ 1 'mo'", "boolean true"), ("component.value = 5 years", "boolean true"),
        ("component.value = 5 'a'", "boolean true"), ("component.value > 59 months", "boolean true"),
    ])
    func `amounts compare across units`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test(arguments: [
        ("3 'm' + 3 'cm'", "Quantity 303 'cm'"), ("3 'cm' - 3 'm'", "Quantity -297 'cm'"), ("1 'm' + 1 's'", ""),
        ("2 minutes + 60 seconds", "Quantity 180 'second'"), ("1 year + 12 months", ""), ("1 'mg' + 1", ""),
        ("12 'cm' * 3 'cm'", "Quantity 36 'cm2'"), ("3 'cm' * 12 'cm2'", "Quantity 36 'cm3'"),
        ("10 'm/s' * 10 's'", "Quantity 100 'm'"), ("3 * 2 'cm'", "Quantity 6 'cm'"), ("12 day * 45 'm'", ""),
        ("12 'cm2' / 3 'cm'", "Quantity 4 'cm'"), ("120 'm' / 60 's'", "Quantity 2 'm/s'"),
        ("60 / 1 's'", "Quantity 60 '/s'"),
        ("4.0 'g' / 2.0 'm'", "Quantity 2 'g/m'"), ("4 'g' / 2 'mg'", "Quantity 2000 '1'"),
        ("60 's' / 2", "Quantity 30 's'"),
        ("4 'lbs' / 2 'lbs'", "Quantity 2 '1'"), ("4 'g' / 0 'm'", ""), ("6 hours / 2", "Quantity 3 'hour'"),
        ("52 'cm'.toQuantity('m')", "Quantity 0.52 'm'"), ("45.toQuantity('m')", "Quantity 45 'm'"),
        ("24 'm'.toQuantity('kg')", ""), ("1 'a'.toQuantity('d')", "Quantity 365.25 'd'"),
        ("1 'wk'.toQuantity('d')", "Quantity 7 'd'"), ("7 days.toQuantity('wk')", "Quantity 1 'wk'"),
        ("2 years.toQuantity('month')", "Quantity 24 'month'"), ("(-5.5 'mg').abs()", "Quantity 5.5 'mg'"),
        ("1.587 'm'.round(1)", "Quantity 1.6 'm'"), ("1.2 'm'.ceiling()", "Quantity 2 'm'"),
        ("@2020-01-31 + component.value", "date 2025-01-31"), ("1 'mg'.comparable(1 'g')", "boolean true"),
        ("1 'mg'.comparable(1 'm')", "boolean false"), ("1.comparable(2)", "boolean true"),
        ("1 year.comparable(1 'a')", "boolean false"),
        ("'a'.comparable(1 'm')", ""),
    ])
    func `amounts are reckoned with`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test func `random units are read or refused`() {
        var random = SeededRandom(seed: 0x0C0D)
        let parts = [
            "m", "k", "g", "[", "]", "in_i", "'", "{", "}", "x", "/", ".", "(", ")", "10*", "2", "-", "+", "Cel", "mol",
            "L",
            "[iU]", "%", "é", "999999999", "\u{0}", "u", "da",
        ]
        var read = 0
        for _ in 0..<20_000 {
            let code = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }.joined()
            guard let one = unit(code) else { continue }
            read += 1
            #expect(one.factor(to: one) == (one.isSpecial ? nil : .one))
        }
        #expect(read > 500)
    }
}
