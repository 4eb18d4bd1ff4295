import Base
import Foundation
import Testing

@Suite struct LogTests {
    private struct StillClock: Base.Clock {
        func now() -> Instant { Instant(microseconds: 1_791_000_123_456_789) }
    }

    private final class Lines: @unchecked Sendable {
        // Safe to share: used under `lock`.
        private let lock = Lock()
        private var all: [String] = []

        func add(_ line: UnsafeRawBufferPointer) {
            lock.withLock { all.append(String(decoding: line, as: UTF8.self)) }
        }

        var lines: [String] { lock.withLock { all } }
    }

    private let lines = Lines()

    private func log(_ format: Log.Format, lowest: LogLevel = .information) -> Log {
        Log(format, name: "martlet test", lowest: lowest, clock: StillClock()) { [lines] in lines.add($0) }
    }

    @Test func `a line of JSON has time, level, message, ids and fields`() throws {
        log(.json).write(
            .warning, "the disk is nearly full",
            [.integer("free", 12), .number("share", 0.5), .flag("is_read_only", false), .text("part", "audit")],
            about: LogContext(requestID: "r-1", jobID: "j-1", traceID: "4bf92f3577b34da6a3ce929d0e0e4736"))
        #expect(
            lines.lines == [
                #"{"time":"2026-10-03T04:02:03.456789Z","level":"warning","message":"the disk is nearly full","#
                    + #""request_id":"r-1","job_id":"j-1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","#
                    + #""fields":{"free":12,"share":0.5,"is_read_only":false,"part":"audit"}}"# + "\n"
            ])
    }

    @Test func `a line of text reads as a sentence`() {
        let log = log(.text)
        log.error(
            "a request failed", reason: "the disk is full", [.text("route", "/fhir/{type}")],
            about: LogContext(requestID: "r-1"))
        log.write(.information, "serving")
        #expect(
            lines.lines == [
                "martlet test: a request failed: the disk is full (route=/fhir/{type}, request_id=r-1)\n",
                "martlet test: serving\n",
            ])
    }

    @Test func `hostile texts stay within one line that parses`() throws {
        let hostile = [
            "\n", "\r\n{\"level\":\"error\"}", "\"", "\\", "\u{0}", "\u{1B}[2J", "\u{2028}\u{2029}", "\u{202E}txt",
            "\u{85}",
            "a\u{FEFF}b", "ü𝔛", String(repeating: "\"\\\n𝔛", count: 5_000), "", "\u{7F}", "‹private›",
        ]
        for text in hostile {
            log(.json).error(
                "a test", reason: text, [.text("other", text)], about: LogContext(requestID: text, traceID: text))
            log(.text).error("a test", reason: text, [.text("other", text)], about: LogContext(requestID: text))
        }
        #expect(lines.lines.count == hostile.count * 2)
        for (index, line) in lines.lines.enumerated() {
            #expect(line.hasSuffix("\n"))
            #expect(line.dropLast().utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } || index % 2 == 0)
            #expect(line.utf8.count { $0 == 0x0A } == 1)
            let text = hostile[index / 2]
            guard index % 2 == 0 else {
                for mark in ["\u{1B}", "\u{2028}", "\u{202E}", "\u{85}"] { #expect(!line.contains(mark)) }
                continue
            }
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            #expect(object["message"] as? String == "a test")
            let found = try #require((object["fields"] as? [String: Any])?["reason"] as? String)
            if text.utf8.count <= 4096 {
                #expect(Array(found.utf8) == Array(text.utf8))
                #expect((object["request_id"] as? String).map { Array($0.utf8) } == Array(text.utf8))
            } else {
                #expect(found.hasSuffix("…") && text.hasPrefix(found.dropLast()) && found.utf8.count <= 4100)
            }
        }
    }

    @Test func `what a patient's value is wrapped in never prints`() {
        let name = Private("Quillfeather")
        log(.json).error("a test", reason: "a name is \(name)")
        log(.text).error("a test", reason: "\(String(reflecting: name))")
        for line in lines.lines {
            #expect(line.contains("‹private›"))
            #expect(!line.contains("Quillfeather"))
        }
    }

    @Test func `random bytes as text make lines that parse`() throws {
        var random = SeededRandom(seed: 77)
        for _ in 0..<400 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            log(.json).write(.information, "x", [.text("y", String(decoding: bytes, as: UTF8.self))])
        }
        for line in lines.lines {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
    }

    @Test func `what matters less than asked for is left out, and lines are counted by level`() {
        let log = log(.text, lowest: .warning)
        for level in LogLevel.allCases { log.write(level, "x") }
        #expect(lines.lines == ["martlet test: warning: x\n", "martlet test: x\n"])
        #expect(LogLevel.allCases.map { log.count($0) } == [0, 0, 1, 1])
    }

    @Test func `a fault that every request meets does not flood the log`() {
        let log = log(.text)
        for _ in 0..<5_000 { log.error("the same again", reason: "x") }
        log.error("another", reason: "y")
        #expect(log.count(.error) == 5_001)
        #expect(lines.lines.count >= 101 && lines.lines.count < 2_000)
        #expect(lines.lines.last == "martlet test: another: y\n")
    }

    @Test func `lines of many threads are not mixed`() {
        let log = log(.json)
        let threads = (0..<4).map { thread in
            WorkerThread(name: "log", stackBytes: 512 << 10) {
                for round in 0..<200 { log.write(.information, "x", [.integer("n", thread * 1000 + round)]) }
            }
        }
        for thread in threads { thread.join() }
        #expect(Set(lines.lines).count == 800)
    }
}
