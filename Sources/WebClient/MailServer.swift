internal import HTTP

/// The server that takes this program's mail, as its operator names it.
package struct MailServer: Sendable {
    /// How what is sent to it is kept secret.
    package enum Security: String, Sendable, CaseIterable {
        /// TLS is agreed on within the connection (STARTTLS), or nothing is sent.
        case starttls
        /// TLS from the start.
        case tls
        /// None: for this machine's own server, and for a network that is trusted on purpose.
        case none
    }

    /// Who the program says it is to the server.
    package struct Login: Sendable, CustomStringConvertible {
        package var user: String
        package var password: String

        package init(user: String, password: String) {
            self.user = user
            self.password = password
        }

        package var description: String { "a login" }
    }

    package let host: String
    package let port: Int
    package var security: Security
    /// `nil` where the server knows the program by its address.
    package var login: Login?

    /// - Parameter address: `mail.example.org:587`, `192.0.2.1:25`, `[2001:db8::1]:465`. Without a word on security it is
    ///   TLS from the start on port 465, none on the loopback, and STARTTLS elsewhere.
    /// - Returns: `nil` if the address is malformed.
    package init?(_ address: String, security: Security? = nil) {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (1...65_535).contains(port), address[colon...].utf8.count <= 6
        else { return nil }
        let host = address[..<colon]
        if host.hasPrefix("[") {
            guard host.hasSuffix("]"), let number = IPAddress(String(host.dropFirst().dropLast())), !number.isV4 else {
                return nil
            }
        } else {
            guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy(Self.isHostByte) else { return nil }
        }
        self.host = String(host)
        self.port = port
        self.security = security ?? (port == 465 ? .tls : Self.isLoopback(String(host)) ? .none : .starttls)
    }

    /// Whether the address is spelt as one of this machine.
    package var isLoopback: Bool { Self.isLoopback(host) }

    private static func isLoopback(_ host: String) -> Bool {
        let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return name.lowercased() == "localhost" || IPAddress(name)?.isLoopback ?? false
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
