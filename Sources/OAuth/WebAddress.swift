/// The rules for addresses that clients bring: where people are sent back to, and where key sets lie.
package enum WebAddress {
    private static let bytesMax = 1_024

    /// Whether a client may have people sent there: https, or http to the loopback of the person's own machine; without
    /// user, fragment or anything but visible ASCII.
    /// - Source: RFC 6749 section 3.1.2; RFC 8252 section 7.3; RFC 9700 section 2.1.
    package static func isRedirectTarget(_ text: String) -> Bool {
        guard let parts = parts(text) else { return false }
        return parts.isSecure || ["127.0.0.1", "[::1]", "localhost"].contains(parts.host)
    }

    /// Whether a key set may be asked for there: https without user or fragment.
    package static func isKeySetAddress(_ text: String) -> Bool {
        parts(text)?.isSecure ?? false
    }

    /// The scheme, host and port of an address that was checked: `https://app.example:8443`.
    package static func origin(_ text: String) -> String? {
        guard let parts = parts(text) else { return nil }
        return (parts.isSecure ? "https://" : "http://") + parts.host + parts.port
    }

    private static func parts(_ text: String) -> (isSecure: Bool, host: String, port: String)? {
        let forbidden = Array("#\\\"<>^`{|}*".utf8)
        guard text.utf8.count <= bytesMax,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !forbidden.contains($0) })
        else { return nil }
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        let authority = text.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" && $0 != "?" }
        var host = authority
        var port: Substring = ""
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
            port = authority[authority.index(after: end)...]
            guard host.utf8.allSatisfy(isAddressByte) else { return nil }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                host = authority[..<colon]
                port = authority[colon...]
            }
            guard host.utf8.allSatisfy(isHostByte) else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
        if !port.isEmpty {
            guard port.utf8.dropFirst().allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                port.first == ":", let number = UInt16(port.dropFirst()), number > 0
            else { return nil }
        }
        return (isSecure, host.lowercased(), String(port))
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "["),
            UInt8(ascii: "]"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
