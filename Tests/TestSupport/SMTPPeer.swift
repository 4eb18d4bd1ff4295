internal import Foundation

/// A mail server by others, as a process that ends with this value.
package final class SMTPPeer {
    /// Why there is no server or no message.
    package struct Failure: Error {
        package var reason: String

        package init(reason: String) {
            self.reason = reason
        }
    }

    /// What the server says of a message that it took.
    package struct Message: Decodable, Sendable {
        package var from: String
        package var to: [String]
        package var tls: Bool
        package var login: String?
        package var subject: String
        package var names: [String]
        package var fields: [String]
        package var automatic: String
        package var date: String
        package var defects: Int
        package var text: String
        package var longest: Int
    }

    /// Whether there is such a server on this machine.
    package static let isThere: Bool = {
        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/python3")
        check.arguments = ["-c", "import aiosmtpd"]
        check.standardError = FileHandle.nullDevice
        try? check.run()
        check.waitUntilExit()
        let isThere = check.terminationReason == .exit && check.terminationStatus == 0
        if !isThere { print("SKIPPED: the tests of mail need aiosmtpd for /usr/bin/python3 (python3-aiosmtpd)") }
        return isThere
    }()

    package let port: Int
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var rest = Data()

    /// - Parameter arguments: of `Tests/Peers/smtp_server.py`.
    package init(_ arguments: String...) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Peers/smtp_server.py")
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [script.path()] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        struct Started: Decodable {
            var port: Int
        }
        port = try JSONDecoder().decode(Started.self, from: Self.line(of: output, &rest)).port
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    package var address: String { "127.0.0.1:\(port)" }

    /// Waits for the next message.
    package func message() throws -> Message {
        try JSONDecoder().decode(Message.self, from: Self.line(of: output, &rest))
    }

    private static func line(of pipe: Pipe, _ rest: inout Data) throws -> Data {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                defer { rest = Data(rest[rest.index(after: end)...]) }
                return Data(rest[..<end])
            }
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(reason: "the mail server ended") }
            rest += more
        }
    }
}
