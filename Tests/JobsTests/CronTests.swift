import Base
import Foundation
import Jobs
import Testing

/// Times of the clock on the wall, in many zones.
@Suite struct CronTests {
    struct Case: Sendable {
        var cron: String
        var zone: String
        var start: String
        var fires: [String]

        init(_ cron: String, _ zone: String, _ start: String, _ fires: [String]) {
            self.cron = cron
            self.zone = zone
            self.start = start
            self.fires = fires
        }
    }

    /// What a search over every minute, written apart from this in Python with its zoneinfo, has found.
    private static let cases = [
        Case("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]),
        Case("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        Case(
            "0 * * * *", "Europe/Berlin", "2026-03-28T23:00Z",
            ["2026-03-29T00:00Z", "2026-03-29T01:00Z", "2026-03-29T02:00Z", "2026-03-29T03:00Z", "2026-03-29T04:00Z"]),
        Case(
            "*/30 * * * *", "Europe/Berlin", "2026-10-24T23:10Z",
            [
                "2026-10-24T23:30Z", "2026-10-25T00:00Z", "2026-10-25T00:30Z", "2026-10-25T01:00Z", "2026-10-25T01:30Z",
                "2026-10-25T02:00Z", "2026-10-25T02:30Z", "2026-10-25T03:00Z",
            ]),
        Case(
            "15 1-3 * * *", "America/New_York", "2026-03-08T00:00Z",
            [
                "2026-03-08T06:15Z", "2026-03-08T07:00Z", "2026-03-08T07:15Z", "2026-03-09T05:15Z", "2026-03-09T06:15Z",
                "2026-03-09T07:15Z",
            ]),
        Case(
            "15 1-3 * * *", "America/New_York", "2026-11-01T00:00Z",
            [
                "2026-11-01T05:15Z", "2026-11-01T07:15Z", "2026-11-01T08:15Z", "2026-11-02T06:15Z", "2026-11-02T07:15Z",
                "2026-11-02T08:15Z",
            ]),
        Case(
            "*/20 2 * * *", "America/New_York", "2026-03-07T00:00Z",
            [
                "2026-03-07T07:00Z", "2026-03-07T07:20Z", "2026-03-07T07:40Z", "2026-03-08T07:00Z", "2026-03-09T06:00Z",
                "2026-03-09T06:20Z", "2026-03-09T06:40Z",
            ]),
        Case(
            "0 2,3 * * *", "Australia/Lord_Howe", "2026-10-02T00:00Z",
            [
                "2026-10-02T15:30Z", "2026-10-02T16:30Z", "2026-10-03T15:30Z", "2026-10-03T16:00Z", "2026-10-04T15:00Z",
                "2026-10-04T16:00Z",
            ]),
        Case(
            "45 1 * * *", "Australia/Lord_Howe", "2026-04-03T00:00Z",
            ["2026-04-03T14:45Z", "2026-04-04T14:45Z", "2026-04-05T15:15Z"]),
        Case(
            "0 0 * * *", "Asia/Beirut", "2026-03-27T00:00Z",
            ["2026-03-27T22:00Z", "2026-03-28T22:00Z", "2026-03-29T21:00Z"]),
        Case(
            "0 0 * * *", "America/Havana", "2026-03-07T00:00Z",
            ["2026-03-07T05:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z"]),
        Case(
            "30 0 * * *", "America/Havana", "2026-10-31T00:00Z",
            ["2026-10-31T04:30Z", "2026-11-01T04:30Z", "2026-11-02T05:30Z"]),
        Case("0 9 30 12 *", "Pacific/Apia", "2011-12-28T00:00Z", ["2011-12-30T10:00Z"]),
        Case(
            "0 9 * * *", "Pacific/Apia", "2011-12-28T00:00Z",
            [
                "2011-12-28T19:00Z", "2011-12-29T19:00Z", "2011-12-30T10:00Z", "2011-12-30T19:00Z", "2011-12-31T19:00Z",
                "2012-01-01T19:00Z",
            ]),
        Case(
            "0 2 * * *", "Africa/Casablanca", "2026-02-14T00:00Z",
            ["2026-02-14T01:00Z", "2026-02-15T01:00Z", "2026-02-16T02:00Z"]),
        Case(
            "30 2 * * *", "Africa/Casablanca", "2026-03-21T00:00Z",
            ["2026-03-21T02:30Z", "2026-03-22T02:00Z", "2026-03-23T01:30Z"]),
        Case(
            "0 23 * * *", "America/Santiago", "2026-04-03T00:00Z",
            ["2026-04-03T02:00Z", "2026-04-04T02:00Z", "2026-04-05T02:00Z", "2026-04-06T03:00Z"]),
        Case(
            "15 0 * * *", "America/Santiago", "2026-09-05T00:00Z",
            ["2026-09-05T04:15Z", "2026-09-06T04:00Z", "2026-09-07T03:15Z"]),
        Case(
            "30 1 * * *", "Europe/Dublin", "2026-10-24T00:00Z",
            ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        Case(
            "0 3 * * *", "Antarctica/Troll", "2026-03-28T00:00Z",
            ["2026-03-28T03:00Z", "2026-03-29T01:00Z", "2026-03-30T01:00Z"]),
        Case(
            "0 12 * * *", "Asia/Kathmandu", "2026-01-01T00:00Z",
            ["2026-01-01T06:15Z", "2026-01-02T06:15Z", "2026-01-03T06:15Z"]),
        Case("5 4 * * *", "UTC", "2026-01-01T00:00Z", ["2026-01-01T04:05Z", "2026-01-02T04:05Z", "2026-01-03T04:05Z"]),
        Case("30 2 * * *", "Europe/Berlin", "2071-03-28T12:00Z", ["2071-03-29T01:00Z", "2071-03-30T00:30Z"]),
        Case("30 2 * * *", "Australia/Sydney", "2060-10-02T00:00Z", ["2060-10-02T16:00Z", "2060-10-03T15:30Z"]),
        Case(
            "0 0 13 * 5", "UTC", "2026-02-01T00:00Z",
            [
                "2026-02-06T00:00Z", "2026-02-13T00:00Z", "2026-02-20T00:00Z", "2026-02-27T00:00Z", "2026-03-06T00:00Z",
                "2026-03-13T00:00Z",
            ]),
        Case(
            "0 0 */10 * 1", "UTC", "2026-01-01T00:00Z",
            ["2026-05-11T00:00Z", "2026-06-01T00:00Z", "2026-08-31T00:00Z", "2026-09-21T00:00Z", "2026-12-21T00:00Z"]),
        Case(
            "0 6 1-7 1,7 *", "Asia/Tokyo", "2026-06-30T00:00Z",
            ["2026-06-30T21:00Z", "2026-07-01T21:00Z", "2026-07-02T21:00Z", "2026-07-03T21:00Z"]),
    ]

    private static func instant(_ text: String) throws -> Instant {
        let digits = text.split { !$0.isNumber }.compactMap { Int($0) }
        let days = CalendarDate(year: digits[0], month: digits[1], day: digits[2]).daysSinceEpoch
        return Instant(microseconds: Int64(days * 86_400 + digits[3] * 3600 + digits[4] * 60) * 1_000_000)
    }

    private static func text(_ instant: Instant) -> String {
        let seconds = Int(instant.microseconds / 1_000_000)
        let date = CalendarDate(daysSinceEpoch: seconds / 86_400)
        return String(
            format: "%04d-%02d-%02dT%02d:%02dZ", date.year, date.month, date.day, seconds % 86_400 / 3600,
            seconds % 3600 / 60)
    }

    @Test(.enabled(if: ZoneFiles.areThere, "this machine has no time zone database"), arguments: cases)
    func `it fires when the clock on the wall says so, over gaps and repeated hours`(_ example: Case) throws {
        let cron = try CronExpression(example.cron)
        let zone = try TimeZoneFile.rules(of: example.zone)
        var now = try Self.instant(example.start)
        for expected in example.fires {
            now = try #require(cron.next(after: now, in: zone))
            #expect(Self.text(now) == expected)
        }
    }

    @Test(arguments: [
        ("* * * * *", "2026-11-21T10:00Z", "2026-11-21T10:01Z"), ("@hourly", "2026-11-21T10:00Z", "2026-11-21T11:00Z"),
        ("@daily", "2026-11-21T10:00Z", "2026-11-22T00:00Z"), ("@midnight", "2026-11-21T00:00Z", "2026-11-22T00:00Z"),
        ("@weekly", "2026-11-21T10:00Z", "2026-11-22T00:00Z"), ("@monthly", "2026-11-21T10:00Z", "2026-12-01T00:00Z"),
        ("@yearly", "2026-11-21T10:00Z", "2027-01-01T00:00Z"), ("@Annually", "2026-11-21T10:00Z", "2027-01-01T00:00Z"),
        ("0 9 * * MON-FRI", "2026-11-21T10:00Z", "2026-11-23T09:00Z"),
        ("0 9 * * 7", "2026-11-21T10:00Z", "2026-11-22T09:00Z"),
        ("0 9 * * sat-sun", "2026-11-21T10:00Z", "2026-11-22T09:00Z"),
        ("0 0 29 2 *", "2026-11-21T10:00Z", "2028-02-29T00:00Z"),
        ("5/20 8 * * *", "2026-11-21T08:05Z", "2026-11-21T08:25Z"),
        ("0 0 1 jan,JUL *", "2026-01-01T00:00Z", "2026-07-01T00:00Z"),
        ("10-40/15\t3 * * *", "2026-11-21T03:25Z", "2026-11-21T03:40Z"),
        ("0 0 29 2 */7", "2026-11-21T10:00Z", "2032-02-29T00:00Z"),
        ("0 0 31 2 MON", "2026-01-31T10:00Z", "2026-02-02T00:00Z"),
        ("59 23 31 12 *", "2026-12-31T23:59Z", "2027-12-31T23:59Z"),
    ])
    func `an expression finds its next time`(_ text: String, _ start: String, _ next: String) throws {
        let zone = try TimeZoneFile.rules(of: "UTC")
        let found = try CronExpression(text).next(after: Self.instant(start), in: zone)
        #expect(found.map(Self.text) == next)
        let late = try Self.instant(start).advanced(bySeconds: 0.5)
        #expect(try CronExpression(text).next(after: late, in: zone).map(Self.text) == next)
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 * ", "* * * * 8",
        "*/0 * * * *", "1-0 * * * *", ", * * * *", "1, * * * *", "a * * * *", "* * * foo *", "-1 * * * *", "1- * * * *",
        "1--2 * * * *", "*/ * * * *", "*/1/1 * * * *", "** * * * *", "@reboot", "@", "0 0 30 2 *", "0 0 31 4,6,9,11 *",
        "1.5 * * * *", "٣ * * * *", "L * * * *", "* * * * 5#2", "0001 * * * *", "* * * * fri-mon",
    ])
    func `what is no expression is refused`(_ text: String) {
        #expect(throws: JobsError.self) { try CronExpression(text) }
    }

    @Test func `random bytes never crash the reader, and what it takes has a next time`() throws {
        var random = SeededRandom(seed: 11)
        let alphabet = Array("0123456789*/,- @abcdefjlmnostuwy".unicodeScalars)
        let zone = try TimeZoneFile.rules(of: "UTC")
        let start = Instant(microseconds: 1_764_000_000_000_000)
        var taken = 0
        for _ in 0..<20_000 {
            var text = ""
            if Bool.random(using: &random) {
                for _ in 0..<Int.random(in: 0..<16, using: &random) {
                    text.unicodeScalars.append(alphabet.randomElement(using: &random) ?? " ")
                }
            } else {
                let pieces = ["*", "1", "*/2", "1-5", "7", "0", "31", "feb", "mon-fri/2", "2,3", "59", "@daily"]
                text = (0..<5).map { _ in pieces.randomElement(using: &random) ?? "*" }.joined(separator: " ")
            }
            guard let cron = try? CronExpression(text) else { continue }
            taken += 1
            let next = try #require(cron.next(after: start, in: zone), "\(text)")
            #expect(next > start)
            #expect(try CronExpression(cron.description) == cron)
        }
        #expect(taken > 100)
    }
}
