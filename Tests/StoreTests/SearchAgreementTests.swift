import Base
import RecordStore
import Testing

/// Searches by patient, code and date, held against a plain look at every record.
@Suite struct SearchAgreementTests {
    private struct Sample {
        var id: String
        var patient: String
        var code: String
        var date: String

        var json: String {
            #"{"resourceType":"Observation","id":"\#(id)","status":"final","code":{"coding":[{"system":"http://loinc.org","#
                + #""code":"\#(code)"}]},"subject":{"reference":"Patient/\#(patient)"},"#
                + #""effectiveDateTime":"\#(date)"}"#
        }

        /// Whether the day satisfies a date with a prefix: of texts of one length the order is that of the time.
        func satisfies(_ prefix: String, _ text: String) -> Bool {
            let start = String(date.prefix(text.count))
            return switch prefix {
            case "ge": start >= text
            case "gt", "sa": start > text
            case "le": start <= text
            case "lt", "eb": start < text
            case "ne": start != text
            default: start == text
            }
        }
    }

    private static func day(_ random: inout SeededRandom) -> String {
        func digits(_ range: ClosedRange<Int>) -> String {
            let text = String(Int.random(in: range, using: &random))
            return text.count == 1 ? "0" + text : text
        }
        return "20\(digits(5...24))-\(digits(1...12))-\(digits(1...28))"
    }

    private static let codes = ["8302-2", "29463-7", "8867-4"]

    /// Checks random searches.
    private func check(_ test: TestStore, _ samples: [Sample], random: inout SeededRandom, at point: LogPoint?) throws {
        for _ in 0..<60 {
            var parameters: [(String, String)] = []
            var expected = samples
            // Without patient and code the dates are all there is to go by.
            if Int.random(in: 0..<4, using: &random) > 0 {
                let patient = "p\(Int.random(in: 0..<7, using: &random))"
                parameters.append(("patient", patient))
                expected.removeAll { $0.patient != patient }
            }
            if Bool.random(using: &random) {
                let code = Self.codes[Int.random(in: 0..<Self.codes.count, using: &random)]
                parameters.append(("code", Bool.random(using: &random) ? code : "http://loinc.org|\(code)"))
                expected.removeAll { $0.code != code }
            }
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let prefixes = ["", "eq", "ne", "ge", "gt", "le", "lt", "sa", "eb"]
                let prefix = prefixes[Int.random(in: 0..<prefixes.count, using: &random)]
                let text = String(Self.day(&random).prefix([4, 7, 10][Int.random(in: 0..<3, using: &random)]))
                parameters.append(("date", prefix + text))
                expected.removeAll { !$0.satisfies(prefix, text) }
            }
            let query = try test.query("Observation", parameters)
            let wanted = expected.map(\.id).sorted()
            #expect(try test.ids(query, point: point).sorted() == wanted, "\(parameters)")
            #expect(try test.ids(query, pageCount: 7, point: point).sorted() == wanted, "\(parameters)")
            let counted = try test.store.search(
                test.scope, query, SearchWindow(count: 0, needsTotal: true, point: point))
            #expect(counted.total == wanted.count, "\(parameters)")
            let dates = Dictionary(uniqueKeysWithValues: samples.map { ($0.id, $0.date) })
            let sorted = try test.query("Observation", parameters + [("_sort", "date")])
            let ids = try test.ids(sorted, point: point)
            #expect(ids.sorted() == wanted, "\(parameters)")
            #expect(ids.compactMap { dates[$0] } == expected.map(\.date).sorted(), "\(parameters)")
        }
    }

    @Test(arguments: [3_000, 2_000_000]) func `random searches find what a look at every record finds`(
        _ flushPostings: Int
    ) throws {
        var limits = StoreLimits()
        limits.flushPostings = flushPostings
        limits.mergeSegments = 3
        // Blocks are opened again and again.
        limits.blockCacheBytes = 20_000
        limits.pageCacheBytes = 20_000
        let test = try TestStore(limits: limits)
        var random = SeededRandom(seed: 11)
        var samples: [Sample] = []
        func sample(_ id: String) -> Sample {
            Sample(
                id: id, patient: "p\(Int.random(in: 0..<6, using: &random))",
                code: Self.codes[Int.random(in: 0..<Self.codes.count, using: &random)], date: Self.day(&random))
        }
        for round in 0..<40 {
            let batch = (0..<(round % 3 == 0 ? 1 : 25)).map { sample("o\(round)-\($0)") }
            try test.put(batch.map(\.json))
            samples += batch
        }
        let then = (samples, try test.store.now(test.scope))
        for index in samples.indices where index % 5 == 0 {
            samples[index] = sample(samples[index].id)
            try test.put(samples[index].json)
        }
        for _ in 0..<20 {
            let gone = samples.remove(at: Int.random(in: 0..<samples.count, using: &random))
            _ = try test.delete("Observation", gone.id)
        }
        try check(test, samples, random: &random, at: nil)
        try check(test, then.0, random: &random, at: then.1)
        try test.close()
        let again = try TestStore(limits: limits, folder: test.folder)
        try check(again, samples, random: &random, at: nil)
        for sample in samples { #expect(try again.read("Observation", sample.id)?.contains(sample.date) == true) }
        try again.close()
    }
}
