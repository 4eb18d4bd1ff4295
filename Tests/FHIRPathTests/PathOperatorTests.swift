import Base
import FHIRPath
import Testing

/// Operators and functions beyond what HL7's suite asks.
@Suite struct PathOperatorTests {
    private let patient: Bench

    init() throws {
        patient = try Bench(
            """
            {"resourceType":"Patient","id":"p1","active":true,
             "name":[{"use":"official","family":"Strauß","given":["Anna","Müller"]},{"given":["Anni"]}],
             "birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://x/time","valueDateTime":"1974"}]},
             "deceasedDateTime":"2020-02-03T04:05:06+01:00","multipleBirthInteger":2,
             "contact":[{"name":{"given":[null,"Zoë"],"_given":[{"id":"g0"},null]}}],
             "generalPractitioner":[{"reference":"Practitioner/1"},{"reference":"https://a.b/fhir/Organization/2/_history/3"},
              {"reference":"#c1"},{"type":"Practitioner","identifier":{"value":"9"}},{"reference":"urn:uuid:1"},
              {"reference":"Practitioner?identifier=x|y"}],
             "contained":[{"resourceType":"Practitioner","id":"c1","name":[{"family":"In"}]}]}
            """)
    }

    private func one(_ text: String) throws -> String {
        try patient.items(text).map(\.description).joined(separator: ", ")
    }

    @Test(arguments: [
        ("1 + 2 * 3 - 4 / 2", "decimal 5"), ("7 div 2", "integer 3"), ("-7 mod 3", "integer -1"),
        ("1.10 + 2.205", "decimal 3.305"), ("1.50 * 2", "decimal 3.00"), ("1 / 3", "decimal 0.3333333333333333"),
        ("2147483647 + 1", ""), ("1 / 0", ""), ("'a' & {} & 'b'", "string ab"),
        ("1 | 2 | 1 | 3 | 2.0", "integer 1, integer 2, integer 3"),
        ("3 'mg' + 4 'mg'", "Quantity 7 'mg'"), ("5 'mg' < 1 'g'", "boolean true"), ("1 'mg' = 1 'mL'", ""),
        ("10 'cm' ~ 1 'dm'", "boolean true"), ("@2020-01-31 + 1 month", "date 2020-02-29"),
        ("@2020-02-29 - 1 year", "date 2019-02-28"), ("@T23:30 + 45 minutes", "time 00:15"),
        ("@2020-01-01T00:00:00Z - 1 second", "dateTime 2019-12-31T23:59:59Z"), ("@9999-12-31 + 1 day", ""),
        ("@2020-01-01T10 + 90 minutes", "dateTime 2020-01-01T11"), ("@2020-01-01 + 25 hours", "date 2020-01-02"),
        ("@2020-01-01T10:00:00 + 5 milliseconds", "dateTime 2020-01-01T10:00:00.005"),
        ("@2020-01-01 + 1099511627775.0 weeks", ""), ("@2020-01 + 65 days", "date 2020-03"),
    ])
    func `arithmetic is exact`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test(arguments: [
        ("birthDate = @1974-12-25", "boolean true"), ("birthDate < @1975", "boolean true"), ("birthDate > @1974", ""),
        ("deceased = @2020-02-03T03:05:06Z", "boolean true"), ("deceased is dateTime", "boolean true"),
        ("deceased is boolean", "boolean false"), ("deceased != false", "boolean true"),
        ("multipleBirth + 1", "integer 3"), ("name.given contains 'Anni'", "boolean true"),
        ("'x' in name.given", "boolean false"), ("active and {}", ""), ("active or {}", "boolean true"),
        ("(birthDate = @1974) implies false", ""), ("name[1].given", "string Anni"), ("name[7].given", ""),
        ("name.family.upper()", "string STRAUSS"), ("name.family.length()", "integer 6"),
        ("name.given.first().indexOf('na')", "integer 2"), ("name.given[1].substring(1, 2)", "string ül"),
    ])
    func `elements take part as values`(expression: String, wanted: String) throws {
        #expect(try one(expression) == wanted, "\(expression)")
    }

    @Test func `primitives know their extensions, and nulls are filled by them`() throws {
        #expect(try one("birthDate.extension('http://x/time').value") == "dateTime 1974")
        #expect(try one("birthDate.hasExtension('http://x/time')") == "boolean true")
        #expect(try one("birthDate.hasValue()") == "boolean true")
        #expect(try one("contact.name.given.count()") == "integer 2")
        #expect(try one("contact.name.given.first().id") == "string g0")
        #expect(try one("contact.name.given.first().hasValue()") == "boolean false")
        #expect(try one("contact.name.given.where(hasValue())") == "string Zoë")
    }

    @Test func `a reference tells its type by its text`() throws {
        #expect(
            try patient.values("generalPractitioner.where(resolve() is Practitioner).reference") == [
                "Practitioner/1", "#c1", "Practitioner?identifier=x|y",
            ])
        #expect(try one("generalPractitioner.where(resolve() is Practitioner).count()") == "integer 4")
        #expect(try one("generalPractitioner.where(resolve() is Organization).count()") == "integer 1")
        #expect(try one("generalPractitioner.resolve().name.family") == "string In")
    }

    @Test func `criteria see this, index and total`() throws {
        #expect(try one("name.where($index = 1).given") == "string Anni")
        #expect(try one("name.given.where($this.startsWith('An')).count()") == "integer 2")
        #expect(try one("(1 | 2 | 3 | 4).aggregate($this + $total, 0)") == "integer 10")
        #expect(
            try one("(3 | 1 | 2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total)))")
                == "integer 1")
        #expect(try one("name.select(given.first() & '!')") == "string Anna!, string Anni!")
        #expect(try one("name.all(given.exists())") == "boolean true")
        #expect(try one("name.given.sort()") == "string Anna, string Anni, string Müller")
    }

    @Test func `a path of another type is empty, and only that`() throws {
        #expect(try one("Practitioner.name.family | Patient.name.family") == "string Strauß")
        let expression = try patient.compile("Practitioner.name")
        #expect(expression.isAlwaysEmpty)
        #expect(throws: PathError.self) { try patient.compile("Practitioner.name", isStrict: true) }
    }

    @Test(arguments: [
        ("name.foo", PathError.Code.unknownElement, 5), ("name.ordinal()", .unsupportedFunction, 5),
        ("name.matches('(')", .badArguments, 13), ("name.frob()", .unknownFunction, 5),
        ("%nope", .unknownVariable, 0), ("name is Nope", .unknownType, 5), ("$index", .unknownVariable, 0),
        ("name.first(1)", .badArguments, 5), ("name..given", .syntax, 5), ("name.given and", .syntax, 14),
        ("'abc", .syntax, 0), ("@2020-13", .syntax, 0), ("name.where(", .syntax, 11), ("", .syntax, 0),
        ("99999999999", .outOfRange, 0), ("deceased.as(Quantity).unit = 1 1", .syntax, 31),
    ])
    func `what cannot be compiled is told with its place`(
        expression: String, code: PathError.Code, offset: Int
    ) throws {
        let error = try #require(throws: PathError.self) { try patient.compile(expression) }
        #expect(error.code == code && error.offset == offset, "\(expression): \(error)")
    }

    @Test(arguments: ["name.given.single()", "name < 1", "active + 1", "(1 | 2).not()", "-'a'", "birthDate + 1"])
    func `what cannot be evaluated is an error`(expression: String) throws {
        #expect(throws: PathError.self) { try patient.items(expression) }
    }

    @Test func `size, depth and steps have limits`() throws {
        let long = String(repeating: "a", count: 20_000)
        #expect(try #require(throws: PathError.self) { try patient.compile(long) }.code == .tooLong)
        let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
        #expect(try #require(throws: PathError.self) { try patient.compile(deep) }.code == .tooDeep)
        let sum = String(repeating: "1+", count: 5000) + "1"
        #expect(try #require(throws: PathError.self) { try patient.compile(sum) }.code == .tooDeep)
        var limits = PathLimits()
        limits.stepsMax = 100
        let small = try Bench(
            #"{"resourceType":"Patient","name":[{"given":["a","b","c","d","e","f","g"]}]}"#, limits: limits)
        let error = try #require(throws: PathError.self) {
            try small.items("name.given.select($this | %resource.name.given).distinct()")
        }
        #expect(error.code == .limit)
    }

    @Test func `a short expression cannot keep the compiler or the evaluator busy`() throws {
        let hostile = [
            String(repeating: "descendants().id|", count: 900) + "id",
            (0..<12).reduce("item") { text, _ in "repeat(\(text))" },
            String(repeating: "(", count: 100) + "id" + String(repeating: ".repeat($this))", count: 100),
            "name.given.select(" + String(repeating: "%resource.descendants().select(", count: 20) + "1"
                + String(repeating: ")", count: 21),
            "(1|2|3|4|5|6|7|8|9).repeatAll($this)", "(1|2|3|4).aggregate($total.combine($this).combine($total), 1)",
            "'a'.repeatAll($this & $this)", "name.select(2.0000001.power(1000)).repeatAll(%resource.name)",
        ]
        var limits = PathLimits()
        limits.stepsMax = 200_000
        limits.itemsMax = 100_000
        let small = try Bench(
            #"{"resourceType":"Patient","id":"a","name":[{"given":["a","b","c"]},{"family":"d"}]}"#, limits: limits)
        for expression in hostile {
            let start = monotonicNanoseconds()
            do {
                _ = try small.items(expression)
            } catch let error as PathError {
                #expect(
                    [.limit, .tooLong, .tooDeep, .unknownElement].contains(error.code),
                    "\(expression.prefix(40)) \(error)")
            }
            #expect(monotonicNanoseconds() - start < 60_000_000_000, "\(expression.prefix(40))")
        }
    }

    @Test func `many items are cleared of duplicates as few are`() throws {
        let given = (0..<5000).map { #""g\#($0 % 2500)""# }.joined(separator: ",")
        let links = (0..<4000).map { #"{"other":{"reference":"Patient/\#($0 % 1000)"},"type":"seealso"}"# }
            .joined(separator: ",")
        let large = try Bench(
            #"{"resourceType":"Patient","name":[{"given":[\#(given)]}],"link":[\#(links)]}"#)
        #expect(try large.values("name.given.distinct().count()") == ["2500"])
        #expect(try large.values("(link.other | link.other).count()") == ["1000"])
        #expect(try large.values("(link.other.reference | name.given).count()") == ["3500"])
        let numbers = (0..<100).map { "\($0 % 10).\(String(repeating: "0", count: 1 + $0 % 3))" }.joined(separator: "|")
        #expect(try large.values("(\(numbers)|@2020-01-01T00:00:00Z|@2020-01-01T01:00:00+01:00).count()") == ["11"])
    }

    @Test func `numbers beyond their type do no harm`() throws {
        let odd = try Bench(#"{"resourceType":"Patient","multipleBirthInteger":9223372036854775807}"#)
        #expect(try odd.values("multipleBirth + 1") == ["9223372036854775808"])
        #expect(try odd.values("-multipleBirth") == ["-9223372036854775807"])
        #expect(try odd.values("multipleBirth.abs() * multipleBirth").count == 1)
    }

    @Test func `elements of other than their type do no harm`() throws {
        let odd = try Bench(
            #"{"resourceType":"Patient","name":"x","birthDate":5,"active":"yes","contact":[[{"gender":1}],7],"telecom":{"value":{}}}"#
        )
        #expect(try odd.values("name.given") == [])
        #expect(try odd.values("birthDate.toString()") == ["5"])
        #expect(try odd.values("contact.gender") == [])
        #expect(try odd.values("telecom.value.exists()") == ["true"])
        #expect(try odd.values("descendants().count()").count == 1)
    }
}
