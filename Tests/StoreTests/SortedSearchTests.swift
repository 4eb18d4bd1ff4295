import Base
import RecordStore
import Testing

/// Pages of many matches sorted by date, held against sorting them all.
@Suite struct SortedSearchTests {
    private struct Sample {
        var id: String
        /// First and last day; `nil` where the resource has none.
        var days: (first: String, last: String)?
        var status: String
        /// No two are equal, so that every write makes a version.
        var number: Int

        var json: String {
            var json = #"{"resourceType":"Observation","id":"\#(id)","status":"\#(status)","code":{"text":"x"}"#
            json += #","valueInteger":\#(number)"#
            if let days {
                json +=
                    days.first == days.last
                    ? #","effectiveDateTime":"\#(days.first)""#
                    : #","effectivePeriod":{"start":"\#(days.first)","end":"\#(days.last)"}"#
            }
            return json + "}"
        }
    }

    private static func day(_ random: inout SeededRandom) -> String {
        func digits(_ range: ClosedRange<Int>) -> String {
            let text = String(Int.random(in: range, using: &random))
            return text.count == 1 ? "0" + text : text
        }
        let years = ["1492", "1803", "1999", "2000", "2001", "2020", "2020", "2020", "2299", "2750"]
        return "\(years.randomElement(using: &random) ?? "")-\(digits(1...12))-\(digits(1...28))"
    }

    /// Later versions stand later in the list.
    private func sorted(_ samples: [Sample], isDescending: Bool) -> [String] {
        let newestFirst = Array(samples.reversed())
        let order = newestFirst.indices.sorted { left, right in
            func key(_ sample: Sample) -> String? { isDescending ? sample.days?.last : sample.days?.first }
            switch (key(newestFirst[left]), key(newestFirst[right])) {
            case (let one?, let other?) where one != other: return isDescending ? one > other : one < other
            case (nil, _?): return false
            case (_?, nil): return true
            default: return left < right
            }
        }
        return order.map { newestFirst[$0].id }
    }

    private func check(_ test: TestStore, _ samples: [Sample], at point: LogPoint?) throws {
        for (rule, isDescending) in [("date", false), ("-date", true)] {
            for (parameters, wanted) in [
                ([], samples), ([("status", "final")], samples.filter { $0.status == "final" }),
                ([("code:text", "x")], samples),
            ] {
                let query = try test.query("Observation", parameters + [("_sort", rule)])
                let expected = sorted(wanted, isDescending: isDescending)
                #expect(try test.ids(query, pageCount: 2_000, point: point) == expected, "\(rule) \(parameters)")
                #expect(try test.ids(query, pageCount: 83, point: point) == expected, "\(rule) \(parameters)")
                let page = try test.store.search(
                    test.scope, query, SearchWindow(count: 5, needsTotal: true, point: point))
                #expect(page.total == wanted.count, "\(rule) \(parameters)")
            }
        }
    }

    @Test func `pages of many sorted by date come as if all were sorted`() throws {
        var limits = StoreLimits()
        limits.flushPostings = 5_000
        let test = try TestStore(limits: limits)
        var random = SeededRandom(seed: 4)
        var number = 0
        func sample(_ id: String) -> Sample {
            number += 1
            let days = [Self.day(&random), Self.day(&random)].sorted()
            let kind = Int.random(in: 0..<5, using: &random)
            return Sample(
                id: id, days: kind == 0 ? nil : kind == 1 ? (days[0], days[1]) : (days[0], days[0]),
                status: Bool.random(using: &random) ? "final" : "amended", number: number)
        }
        var samples = (0..<900).map { sample("o\($0)") }
        for start in stride(from: 0, to: 900, by: 60) { try test.put(samples[start..<start + 60].map(\.json)) }
        let then = (samples, try test.store.now(test.scope))
        for number in stride(from: 0, to: 900, by: 9) {
            let changed = sample("o\(number)")
            samples.removeAll { $0.id == changed.id }
            samples.append(changed)
            try test.put(changed.json)
        }
        try check(test, samples, at: nil)
        try check(test, then.0, at: then.1)
        let newest = try test.query("Observation", [("_sort", "-_lastUpdated")])
        #expect(try test.ids(newest, pageCount: 50) == samples.reversed().map(\.id))
        let oldest = try test.query("Observation", [("_sort", "_lastUpdated")])
        #expect(try test.ids(oldest, pageCount: 50) == samples.map(\.id))
        try test.close()
    }
}
