internal import Foundation

/// A mail server by others, as a process that ends with this value.
package final class SMTPPeer {
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
        let isThere = PeerProcess.hasModule("aiosmtpd")
        if !isThere { print("SKIPPED: the tests of mail need aiosmtpd for /usr/bin/python3 (python3-aiosmtpd)") }
        return isThere
    }()

    private let process: PeerProcess

    /// - Parameter arguments: of `Tests/Peers/smtp_server.py`.
    package init(_ arguments: String...) throws {
        process = try PeerProcess("smtp_server.py", arguments)
    }

    package var port: Int { process.port }
    package var address: String { process.address }

    /// Waits for the next message.
    package func message() throws -> Message {
        try JSONDecoder().decode(Message.self, from: Data(process.line()))
    }
}
