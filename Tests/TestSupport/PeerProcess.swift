internal import Foundation

/// Why a server of others, or what a test waits for, is not there.
package struct PeerFailure: Error {
    package var reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

/// A server of `Tests/Peers`, as a process that ends with this value. It prints lines of JSON, its port first.
package final class PeerProcess {
    package let port: Int
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var rest: [UInt8] = []

    private struct Started: Decodable {
        var port: Int
    }

    /// - Parameter script: the name of its file.
    package init(_ script: String, _ arguments: [String]) throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Peers/" + script)
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [path.path()] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        port = try JSONDecoder().decode(Started.self, from: Data(Self.line(of: output, &rest))).port
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    package var address: String { "127.0.0.1:\(port)" }

    /// Waits for its next line.
    package func line() throws -> [UInt8] {
        try Self.line(of: output, &rest)
    }

    private static func line(of pipe: Pipe, _ rest: inout [UInt8]) throws -> [UInt8] {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                defer { rest.removeSubrange(...end) }
                return Array(rest[..<end])
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { throw PeerFailure(reason: "the server ended") }
            rest += more
        }
    }

    /// Whether the system's Python can import a module.
    package static func hasModule(_ name: String) -> Bool {
        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/python3")
        check.arguments = ["-c", "import " + name]
        check.standardError = FileHandle.nullDevice
        guard (try? check.run()) != nil else { return false }
        check.waitUntilExit()
        return check.terminationReason == .exit && check.terminationStatus == 0
    }
}
