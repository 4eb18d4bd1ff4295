import Base
import FHIRPath
import Testing

@Suite struct DateTimeValueTests {
    private func parse(_ text: String) -> DateTimeValue? {
        Array(text.utf8).withUnsafeBytes { DateTimeValue.parse($0) }
    }

    @Test(arguments: [
        "2015", "2015-02", "2015-02-04", "2015-02-04T14", "2015-02-04T14:34", "2015-02-04T14:34:28",
        "2015-02-04T14:34:28Z", "2015-02-04T14:34:28.1+10:00", "2015-02-04T14:34:28.123456-05:30", "0001-01-01",
        "9999-12-31T23:59:59.999Z", "2024-02-29", "1969-12-31T23:59:59.5Z",
    ])
    func `what is read is written the same`(text: String) throws {
        #expect(try #require(parse(text)).text == text)
    }

    @Test(arguments: [
        "", "201", "0000", "2015-", "2015-13", "2015-00", "2015-02-30", "2023-02-29", "2015-2-4", "2015-02-04T",
        "2015-02-04T24:00:00Z", "2015-02-04T14:60:00Z", "2015-02-04T14:34:61Z", "2015-02-04T14:34:28.Z",
        "2015-02-04T14:34:28+15:00", "2015-02-04T14:34:28+10", "2015-02-04 14:34:28", " 2015", "2015 ", "２015",
        "2015-02-04t14:34:28z", "-2015", "2015-02-04T14:34:28ZZ", "2015-02-04Z",
    ])
    func `what is no date is refused`(text: String) {
        #expect(parse(text) == nil)
    }

    @Test(arguments: [
        ("2015", "2015-01-01T00:00:00Z", "2016-01-01T00:00:00Z"),
        ("2015-12", "2015-12-01T00:00:00Z", "2016-01-01T00:00:00Z"),
        ("2016-02-29", "2016-02-29T00:00:00Z", "2016-03-01T00:00:00Z"),
        ("2015-02-04T14:34+10:00", "2015-02-04T04:34:00Z", "2015-02-04T04:35:00Z"),
        ("2015-02-04T14:34:28Z", "2015-02-04T14:34:28Z", "2015-02-04T14:34:29Z"),
        ("2015-02-04T14:34:28.12Z", "2015-02-04T14:34:28.120Z", "2015-02-04T14:34:28.130Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", "2017-01-01T00:00:01Z"),
    ])
    func `a date spans all that it may mean`(text: String, lower: String, upper: String) throws {
        let value = try #require(parse(text))
        #expect(value.lowerBound == parse(lower)?.lowerBound)
        #expect(value.upperBound == parse(upper)?.lowerBound)
    }

    @Test func `a missing zone is UTC and marked`() throws {
        let value = try #require(parse("2015-02-04T14:34:28"))
        #expect(!value.hasZone && value.lowerBound == parse("2015-02-04T14:34:28Z")?.lowerBound)
        #expect(try #require(parse("2015-02-04T14:34:28-00:00")).hasZone)
    }

    @Test func `the epoch is zero`() {
        #expect(parse("1970-01-01T00:00:00Z")?.lowerBound == Instant(microseconds: 0))
        #expect(parse("1970-01-01T01:00:00.000001+01:00")?.lowerBound == Instant(microseconds: 1))
    }

    @Test func `random moments survive writing and reading, and random bytes do no harm`() {
        var random = SeededRandom(seed: 0xDA7E)
        for _ in 0..<2000 {
            let local = Int64.random(in: -60_000_000_000...250_000_000_000, using: &random) * 1_000_000
            let zone = Int16.random(in: -840...840, using: &random)
            let value = DateTimeValue(
                localMicroseconds: local, precision: .second, hasZone: true, zoneMinutes: zone)
            #expect(parse(value.text)?.lowerBound == value.lowerBound)
        }
        let alphabet = Array("0123456789-:T.Z+ ".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            if let value = bytes.withUnsafeBytes({ DateTimeValue.parse($0) }) {
                #expect(value.lowerBound < value.upperBound)
            }
        }
    }
}

@Suite struct ExactDecimalTests {
    private func parse(_ text: String) -> ExactDecimal? {
        Array(text.utf8).withUnsafeBytes { ExactDecimal(parsing: $0) }
    }

    @Test(arguments: ["0", "1.50", "-0.001", "123456789012345678901234567890.12", "0.000000000000000000000000000001"])
    func `digits are kept`(text: String) throws {
        #expect(try #require(parse(text)).text == text)
    }

    @Test(arguments: ["", "-", ".", "1.", ".5", "1e", "1e+", "abc", "1 ", "1e99", "1e-99", "0x1", "1.2.3"])
    func `what is no number, or too large, is refused`(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func `numbers of different scale are compared by value`() throws {
        let pairs = [("1.50", "1.5", 0), ("1e3", "1000", 0), ("15e-1", "1.5", 0), ("-1", "1", -1), ("0.1", "0.09", 1)]
        for (left, right, order) in pairs {
            #expect(try #require(parse(left)).compare(#require(parse(right))) == order, "\(left) \(right)")
        }
        let large = try #require(parse("99999999999999999999999999999999999999"))
        #expect(try large.compare(#require(parse("0.0001"))) == 1)
    }

    @Test func `what does not fit is told`() throws {
        let large = try #require(parse("99999999999999999999999999999999999999"))
        #expect(large.multiplied(by: large) == nil)
        #expect(large.adding(large) == nil)
        #expect(large.divided(by: ExactDecimal(0)) == nil)
        #expect(try #require(parse("-2.5")).rounded(to: 0).text == "-3")
        #expect(try #require(parse("2.55")).rounded(to: 1).text == "2.6")
    }
}
