import Base
import Foundation
import Jobs
import Testing

/// The time zone database of this machine.
enum ZoneFiles {
    /// Says loudly if it is not there.
    static let areThere: Bool = {
        let isThere = FileManager.default.fileExists(atPath: TimeZoneFile.standardFolder + "/Europe/Berlin")
        if !isThere { print("SKIPPED: no time zone database in \(TimeZoneFile.standardFolder)") }
        return isThere
    }()
}

@Suite struct TimeZoneTests {
    /// A file of version 2 with these changes and footer.
    private static func file(
        version: UInt8 = 0x32, changes: [(Int64, UInt8)], offsets: [Int32], footer: String, leaps: UInt32 = 0
    ) -> [UInt8] {
        func header(_ times: Int, _ types: Int, _ names: Int) -> [UInt8] {
            var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
            for count in [0, 0, leaps, UInt32(times), UInt32(types), UInt32(names)] {
                withUnsafeBytes(of: count.bigEndian) { bytes += $0 }
            }
            return bytes
        }
        var bytes = header(0, 1, 4) + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
        bytes += header(changes.count, offsets.count, 4)
        for (time, _) in changes { withUnsafeBytes(of: time.bigEndian) { bytes += $0 } }
        bytes += changes.map(\.1)
        for offset in offsets {
            withUnsafeBytes(of: offset.bigEndian) { bytes += $0 }
            bytes += [0, 0]
        }
        return bytes + Array("UTC\0\n\(footer)\n".utf8)
    }

    private func next(_ cron: String, _ rules: TimeZoneRules, after seconds: Int64) throws -> Int64? {
        try CronExpression(cron).next(after: Instant(microseconds: seconds * 1_000_000), in: rules)
            .map { $0.microseconds / 1_000_000 }
    }

    @Test(arguments: [
        ("", 0), ("UTC0", 0), ("EST5", 5), ("<+0330>-3:30", -3), ("XXX3EDT4,0/0,J365/23", 4),
        ("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", 3),
    ])
    func `a footer says the time after the last change`(_ footer: String, _ hoursWest: Int64) throws {
        let bytes = Self.file(changes: [(0, 0)], offsets: [0], footer: footer)
        let rules = try #require(bytes.withUnsafeBytes { TimeZoneFile.rules($0) })
        // Noon of 2030-01-15.
        let noon: Int64 = 1_894_708_800
        let minutes: Int64 = footer.contains("3:30") ? -30 : 0
        #expect(try next("0 12 * * *", rules, after: noon - 12 * 3600) == noon + hoursWest * 3600 + minutes * 60)
    }

    @Test(arguments: [
        "X", "EST", "EST5EDT", "EST5EDT,", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,J0,J365", "EST25", "EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x", "<E>5", "EST5:60",
    ])
    func `a malformed footer makes the file damaged`(_ footer: String) {
        let bytes = Self.file(changes: [(0, 0)], offsets: [0], footer: footer)
        #expect(bytes.withUnsafeBytes { TimeZoneFile.rules($0) } == nil)
    }

    @Test func `files that lie about their sizes, order or version are refused`() {
        let wrong = [
            Self.file(version: 0, changes: [(0, 0)], offsets: [0], footer: ""),
            Self.file(changes: [(0, 1)], offsets: [0], footer: ""),
            Self.file(changes: [(5, 0), (5, 0)], offsets: [0], footer: ""),
            Self.file(changes: [(5, 0), (4, 0)], offsets: [0], footer: ""),
            Self.file(changes: [], offsets: [], footer: ""),
            Self.file(changes: [(0, 0)], offsets: [1_000_000], footer: ""),
            Self.file(changes: [(0, 0)], offsets: [0], footer: "", leaps: 1),
        ]
        for bytes in wrong { #expect(bytes.withUnsafeBytes { TimeZoneFile.rules($0) } == nil) }
        let whole = Self.file(changes: [(0, 0)], offsets: [0], footer: "EST5EDT,M3.2.0,M11.1.0")
        #expect(whole.withUnsafeBytes { TimeZoneFile.rules($0) } != nil)
        for count in 0..<whole.count {
            #expect(whole.prefix(count).withUnsafeBytes { TimeZoneFile.rules($0) } == nil, "\(count)")
        }
    }

    @Test(arguments: [
        "", "/etc/passwd", "../passwd", "Europe/../../etc/passwd", "Europe", "Europe/", "Europe//Berlin", "No/Where",
        "Europe/Berlin\0", "tzdata.zi", "Ünter",
    ])
    func `what is no zone is refused`(_ name: String) {
        #expect(throws: JobsError.self) { try TimeZoneFile.rules(of: name) }
    }

    @Test(.enabled(if: ZoneFiles.areThere, "this machine has no time zone database"))
    func `every zone of this machine can be read and gives times`() throws {
        let names = try String(contentsOfFile: TimeZoneFile.standardFolder + "/tzdata.zi", encoding: .utf8)
            .split(separator: "\n").filter { $0.hasPrefix("Z ") }.map { String($0.split(separator: " ")[1]) }
        #expect(names.count > 300)
        let cron = try CronExpression("30 2 * * *")
        for name in names {
            let rules = try TimeZoneFile.rules(of: name)
            var now = Instant(microseconds: 1_764_000_000_000_000)
            for _ in 0..<40 {
                let next = try #require(cron.next(after: now, in: rules))
                let hours = Double(next.microseconds - now.microseconds) / 3.6e9
                #expect(hours > 0 && hours <= 26, "\(name)")
                now = next
            }
        }
    }

    @Test(.enabled(if: ZoneFiles.areThere, "this machine has no time zone database"))
    func `altered files never crash, and what they give goes forward`() throws {
        var random = SeededRandom(seed: 5)
        let sources = try ["Europe/Berlin", "Africa/Casablanca", "Pacific/Apia"].map { name in
            try Array(Data(contentsOf: URL(fileURLWithPath: TimeZoneFile.standardFolder + "/" + name)))
        }
        let crons = try ["30 2 * * *", "*/30 * * * *", "0 0 1 * *"].map { try CronExpression($0) }
        var read = 0
        for round in 0..<3000 {
            var bytes = sources[round % sources.count]
            for _ in 0..<Int.random(in: 1..<6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 5 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            guard let rules = bytes.withUnsafeBytes({ TimeZoneFile.rules($0) }) else { continue }
            read += 1
            var now = Instant(
                microseconds: Int64.random(in: -5_000_000_000...5_000_000_000, using: &random) * 1_000_000)
            for _ in 0..<3 {
                guard let next = crons[round % crons.count].next(after: now, in: rules) else { break }
                #expect(next > now)
                now = next
            }
        }
        #expect(read > 100)
    }
}
