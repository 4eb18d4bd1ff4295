internal import Base
internal import Foundation

/// On what and when a run was made: figures mean nothing without it.
package struct MachineFacts: Sendable {
    /// In the order in which they are shown.
    package private(set) var facts: [(name: String, value: String)] = []

    package init(facts: [(name: String, value: String)]) {
        self.facts = facts
    }

    /// What the system tells about itself.
    /// - Parameter versions: of the programs that took part, by name.
    init(startedAt: String, versions: [(name: String, value: String)]) {
        var system = utsname()
        uname(&system)
        facts = [
            ("date", startedAt),
            ("processor", Self.line("model name", in: "/proc/cpuinfo") ?? Self.text(of: system.machine)),
            ("cores", String(processorCount())),
            ("memory", Self.line("MemTotal", in: "/proc/meminfo") ?? "unknown"),
            ("system", Self.text(of: system.sysname) + " " + Self.text(of: system.release)),
            ("loadAverage", Self.file("/proc/loadavg")?.split(separator: " ").first.map(String.init) ?? "unknown"),
        ]
        facts += versions
    }

    private static func line(_ name: String, in path: String) -> String? {
        for line in (file(path) ?? "").split(separator: "\n") where line.hasPrefix(name) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return nil
    }

    private static func file(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }

    private static func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
