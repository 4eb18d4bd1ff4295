import Base
import FHIR
import JSONTape
import Search
import Testing

@Suite struct ValueFormTests {
    @Test(arguments: [
        ("Müller", "muller"), ("  O'Brien-SMITH ", "obrien smith"), ("Straße", "strasse"), ("ÆØÅ", "aeoa"),
        ("Łódź", "lodz"),
        ("J.\t R. \n R.", "j r r"), ("", ""), ("?!-", ""), ("e\u{301}", "e"), ("Ελλάς", "ελλασ"), ("Ёжик Й", "ежик и"),
        ("ＦＵＬＬ１", "full1"), ("ﷺ", "ﷺ"), ("李 明", "李 明"), ("Nguyễn", "nguyen"), ("a\u{A0}b\u{2014}c", "a b c"),
        ("Ǆ", "dz"),
    ])
    func `texts are compared without case, accents and punctuation`(text: String, expected: String) {
        #expect(String(decoding: TextNormalizer.normalize(text), as: UTF8.self) == expected)
    }

    @Test func `normalising twice changes nothing and never lengthens`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let bound: UInt32 = Bool.random(using: &random) ? 0x250 : 0x1_1000
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &random)) { text.append(scalar) }
            }
            let source = String(text)
            let once = TextNormalizer.normalize(source)
            #expect(once.count <= source.utf8.count)
            let again = TextNormalizer.normalize(String(decoding: once, as: UTF8.self))
            #expect(again == once)
        }
    }

    @Test func `bytes that are no UTF-8 do no harm`() {
        var random = SeededRandom(seed: 4)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 1)
            defer { memory.deallocate() }
            let count = bytes.withUnsafeBytes { TextNormalizer.normalize($0, into: memory) }
            #expect(count <= bytes.count)
            _ = bytes.withUnsafeBytes { DateRange($0) }
            _ = bytes.withUnsafeBytes { DecimalText($0)?.double }
        }
    }

    @Test(arguments: [
        ("2015", "2015-01-01..2015-12-31"), ("2016-02", "2016-02-01..2016-02-29"),
        ("1900-02", "1900-02-01..1900-02-28"),
        ("2015-02-07", "2015-02-07..2015-02-07"), ("2015-02-07T13:28", "2015-02-07T13:28:00..2015-02-07T13:28:59"),
        ("2015-02-07T13:28:17Z", "2015-02-07T13:28:17..2015-02-07T13:28:17"),
        ("2015-02-07T23:28:17-05:30", "2015-02-08T04:58:17..2015-02-08T04:58:17"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59..2016-12-31"), ("0001-01-01", "1-01-01..1-01-01"),
    ])
    func `a date is the span that its precision leaves`(text: String, expected: String) throws {
        let range = try #require(Array(text.utf8).withUnsafeBytes { DateRange($0) })
        var entry = IndexEntry(path: 0, kind: .date)
        entry.low = range.low
        entry.high = range.high
        #expect(entry.summary == expected)
    }

    @Test func `digits of a second narrow the span down to a microsecond`() {
        func length(_ text: String) -> Int64? {
            Array(text.utf8).withUnsafeBytes { DateRange($0) }.map { $0.high - $0.low + 1 }
        }
        #expect(length("2015-02-07T13:28:17.2Z") == 100_000)
        #expect(length("2015-02-07T13:28:17.239Z") == 1_000)
        #expect(length("2015-02-07T13:28:17.239456Z") == 1)
        #expect(length("2015-02-07T13:28:17.2394567891Z") == 1)
    }

    @Test(arguments: [
        "", "15", "2015-", "2015-00", "2015-13", "2015-02-30", "2015-02-07T", "2015-02-07T24:00:00Z",
        "2015-02-07T13:60:00Z",
        "2015-02-07T13:28:17.Z", "2015-02-07T13:28:17+1", "2015-02-07T13:28:17Zx", "2015-2-7", "20150207", " 2015",
        "0000",
        "2015-02-07T13", "2015-02-07T13:28:61Z", "2015-02-07T13:28:17+15:00", "２０１５",
    ])
    func `what is no date is none`(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { DateRange($0) } == nil)
    }

    @Test func `decimals compare as numbers whatever their digits`() throws {
        var random = SeededRandom(seed: 5)
        for _ in 0..<20_000 {
            let left = Int.random(in: -10_000...10_000, using: &random)
            let right = Int.random(in: -10_000...10_000, using: &random)
            let shift = Int.random(in: 0...6, using: &random)
            let first = "\(left)e\(shift)"
            let second = "\(right)" + (shift == 0 ? "" : String(repeating: "0", count: shift)) + ".000"
            let order = try Array(first.utf8).withUnsafeBytes { one in
                try Array(second.utf8).withUnsafeBytes { two in
                    try #require(DecimalText(one)).compare(try #require(DecimalText(two)))
                }
            }
            #expect(order == (left < right ? -1 : left > right ? 1 : 0), "\(first) \(second)")
        }
    }

    @Test(arguments: [
        ("0.1", 0.1), ("-1.50", -1.5), ("1e22", 1e22), ("1e23", 1e23),
        ("123456789012345678901234567890", 1.2345678901234568e29),
        ("2.5e-308", 2.5e-308), ("1e-400", 0), ("1e400", .infinity), ("-1e999999999999", -.infinity), ("0e5", 0),
        ("000", 0),
        ("0.000123", 0.000123), ("9007199254740993", 9007199254740992), ("1e999999999999999999999", .infinity),
    ])
    func `a decimal's double is the nearest`(text: String, expected: Double) throws {
        #expect(try Array(text.utf8).withUnsafeBytes { try #require(DecimalText($0)).double } == expected)
    }

    @Test func `buckets of numbers hold exactly the range`() {
        var random = SeededRandom(seed: 6)
        func number() -> Double {
            let size =
                Double.random(in: 1...10, using: &random)
                * ([1e-9, 1e-4, 1, 100, 1e6, 1e19, 1e25].randomElement(using: &random) ?? 1)
            return Bool.random(using: &random) ? size : -size
        }
        func words(_ value: Double) -> Set<UInt64> {
            switch NumberBucket.place(of: value) {
            case .special(let special): [NumberBucket.word(special)]
            case .code(let code, let isNegative):
                Set(NumberBucket.shifts.map { NumberBucket.word(code: code, shift: $0, isNegative: isNegative) })
            }
        }
        for _ in 0..<20_000 {
            let ends = [number(), number()].sorted()
            let low = Int.random(in: 0..<8, using: &random) == 0 ? -Double.infinity : ends[0]
            let high = Int.random(in: 0..<8, using: &random) == 0 ? Double.infinity : ends[1]
            let (inner, edge) = NumberBucket.cover(low: low, high: high)
            #expect(inner.count + edge.count < 160)
            #expect(Set(inner + edge).count == inner.count + edge.count)
            for value in [number(), ends[0], ends[1], 0] {
                let own = words(value)
                let isInner = !own.isDisjoint(with: inner)
                let isEdge = !own.isDisjoint(with: edge)
                let isIn = low <= value && value <= high
                #expect(!isIn || isInner || isEdge, "\(value) in \(low)...\(high)")
                #expect(isIn || !isInner, "\(value) not in \(low)...\(high)")
                #expect(!(isInner && isEdge))
            }
        }
    }

    @Test func `buckets of dates hold exactly the range`() {
        var random = SeededRandom(seed: 8)
        let day: Int64 = 86_400_000_000
        func moment() -> Int64 {
            let whole = Int64.random(in: -80_000...130_000, using: &random) * day
            return Bool.random(using: &random) ? whole : whole + Int64.random(in: 0..<day, using: &random)
        }
        for _ in 0..<20_000 {
            var ends = [moment(), moment()].sorted()
            if Int.random(in: 0..<3, using: &random) == 0 {
                ends[1] = ends[0] + Int64.random(in: 0...(3 * day), using: &random)
            }
            if Bool.random(using: &random) { ends[1] -= 1 }
            if Int.random(in: 0..<8, using: &random) == 0 { ends[0] = .min }
            if Int.random(in: 0..<8, using: &random) == 0 { ends[1] = .max }
            let (inner, edge) = DateBucket.cover(low: ends[0], high: ends[1])
            #expect(Set(inner + edge).count == inner.count + edge.count)
            #expect(inner.count + edge.count < 170)
            for value in [moment(), ends[0], ends[1]] {
                let ladder = DateBucket.Ladder(value)
                let own = ladder.isOutside ? [ladder.day] : [ladder.day, ladder.month, ladder.year, ladder.decade]
                let isInner = !Set(own).isDisjoint(with: inner)
                let isIn = ends[0] <= value && value <= ends[1]
                #expect(!isIn || isInner || !Set(own).isDisjoint(with: edge))
                #expect(isIn || !isInner)
            }
        }
    }

    @Test(arguments: [
        ("Patient/1", ReferenceText.Form.relative, "Patient", "1", "", "Patient/1"),
        ("Patient/1/_history/2", .relative, "Patient", "1", "2", "Patient/1"),
        ("http://x.org/fhir/Patient/a-b.c", .absolute, "Patient", "a-b.c", "", "http://x.org/fhir/Patient/a-b.c"),
        ("https://x/Patient/1/_history/2", .absolute, "Patient", "1", "2", "https://x/Patient/1"),
        ("#p", .contained, "", "", "", "#p"), ("#", .contained, "", "", "", "#"),
        ("urn:uuid:1", .other, "", "", "", "urn:uuid:1"),
        ("Nothing/1", .other, "", "", "", "Nothing/1"), ("x/Patient/1", .other, "", "", "", "x/Patient/1"),
        ("Patient?identifier=a|b/c", .other, "", "", "", "Patient?identifier=a|b/c"), ("", .other, "", "", "", ""),
        ("/", .other, "", "", "", "/"), ("Patient/", .other, "", "", "", "Patient/"),
        ("/_history/", .other, "", "", "", "/_history/"),
        ("Patient/a b", .other, "", "", "", "Patient/a b"), ("_history/2", .other, "", "", "", "_history/2"),
    ])
    func `a reference is taken apart`(
        text: String, form: ReferenceText.Form, type: String, id: String, version: String, key: String
    ) throws {
        let definitions = try Shared.plans.get().definitions
        Array(text.utf8).withUnsafeBytes { bytes in
            let parsed = ReferenceText(bytes, definitions: definitions)
            #expect(parsed.form == form)
            #expect(
                [parsed.type.text, parsed.id.text, parsed.version.text, parsed.key.text] == [type, id, version, key])
        }
    }

    @Test func `sort keys order as the values do`() throws {
        let bench = try Bench()
        func key(_ members: String, _ parameter: String, isDescending: Bool = false) throws -> SortKey? {
            try bench.document(#"{"resourceType":"Observation",\#(members)}"#).withRoot { root in
                let type = try bench.type("Observation")
                let planned = try #require(bench.plans.plan(for: type).parameters[parameter])
                bench.extractor.extract(root, type: type, into: bench.entries)
                return SortKey(of: planned, in: bench.entries, isDescending: isDescending)
            }
        }
        let numbers = try ["-1e3", "-2.5", "-0.0", "0.001", "2", "10", "1e30"].map {
            try #require(try key(#""valueQuantity":{"value":\#($0)}"#, "value-quantity"))
        }
        #expect(numbers == numbers.sorted())
        #expect(Set(numbers).count == 7)
        let dates = try ["1850", "1969-12-31T23:59:59Z", "1970", "2020-05-06"].map {
            try #require(try key(#""effectiveDateTime":"\#($0)""#, "date"))
        }
        #expect(dates == dates.sorted())
        #expect(try key(#""status":"final""#, "date") == nil)
        let period = #""effectivePeriod":{"start":"2001","end":"2003"}"#
        #expect(try key(period, "date") == key(#""effectiveDateTime":"2001""#, "date"))
        #expect(
            try key(period, "date", isDescending: true)
                == key(#""effectiveDateTime":"2003""#, "date", isDescending: true))
    }

    @Test func `tokens are the same in every run and differ with the key`() throws {
        let bench = try Bench()
        let json = #"{"resourceType":"Patient","active":true,"birthDate":"1990-05-06","name":[{"family":"Abc"}]}"#
        func tokens(_ key: SipKey) throws -> [UInt64] {
            try bench.document(json).withRoot { root in
                let type = try bench.type("Patient")
                bench.extractor.extract(root, type: type, into: bench.entries)
                TokenHasher(plans: bench.plans, key: key).makeTokens(of: bench.entries, type: type, into: bench.tokens)
                return Array(bench.tokens.tokens)
            }
        }
        let own = try tokens(Shared.key)
        #expect(own == own.sorted())
        #expect(Set(own).isDisjoint(with: try tokens(SipKey(low: 1, high: 2))))
        // A change here means that every store must be indexed again: raise TokenHasher.schemeVersion.
        #expect(TokenHasher.schemeVersion == 2)
        #expect(own.count == 20)
        #expect(own.reduce(0, ^) == 5_103_925_792_666_471_701)
    }
}
