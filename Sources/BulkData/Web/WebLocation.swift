/// An absolute address of http or https, taken apart: without user, without fragment, in visible ASCII.
///
/// It never prints its query, which may be what lets its holder in (a signed link).
/// - Source: RFC 3986.
package struct WebLocation: Hashable, Sendable, CustomStringConvertible {
    package let isSecure: Bool
    /// In lower case; an IPv6 address in its brackets.
    package let host: String
    package let port: Int
    /// Path and query; begins with a slash.
    package let target: String

    /// The longest address that is taken, in bytes. Signed links have a kilobyte or two.
    package static let bytesMax = 8_192

    init(isSecure: Bool, host: String, port: Int, target: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.target = target
    }

    /// - Returns: `nil` for anything but an absolute address of http or https.
    package init?(_ text: String) {
        guard Self.isPlain(text), let end = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<end.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        let rest = text[end.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        let target = rest[authority.endIndex...]
        isSecure = scheme == "https"
        self.host = host
        self.port = port ?? (scheme == "https" ? 443 : 80)
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// Scheme, host and port as browsers write an origin: `https://fhir.example:8443`.
    package var origin: String {
        let standard = isSecure ? 443 : 80
        return (isSecure ? "https://" : "http://") + host + (port == standard ? "" : ":\(port)")
    }

    /// The whole address. It may be a secret.
    package var text: String { origin + target }

    /// The path without the query.
    package var path: Substring { target.prefix { $0 != "?" } }

    /// The address without its query: the same for a link that was signed anew.
    package var withoutQuery: String { origin + path }

    package var description: String { withoutQuery }

    /// The address of something below this one, as a folder.
    /// - Parameters:
    ///   - segments: parts of the path, each of which is escaped already.
    ///   - query: what follows the question mark; nothing if empty.
    package func below(_ segments: String, query: String = "") -> WebLocation {
        var path = String(path)
        while path.hasSuffix("/") { path.removeLast() }
        return WebLocation(
            isSecure: isSecure, host: host, port: port,
            target: path + "/" + segments + (query.isEmpty ? "" : "?" + query))
    }

    /// The address that a reference means which was found in an answer from here.
    /// - Returns: `nil` where it is no address, or one of another scheme.
    /// - Source: RFC 3986 section 5.2.
    package func resolve(_ reference: String) -> WebLocation? {
        guard Self.isPlain(reference) else { return nil }
        if let colon = reference.firstIndex(of: ":"), Self.isScheme(reference[..<colon]) {
            return WebLocation(reference)
        }
        if reference.hasPrefix("//") { return WebLocation((isSecure ? "https:" : "http:") + reference) }
        if reference.hasPrefix("/") { return with(target: reference) }
        if reference.hasPrefix("?") { return with(target: path + reference) }
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return with(target: path[...slash] + reference)
    }

    private func with(target: some StringProtocol) -> WebLocation {
        let path = target.prefix { $0 != "?" }
        var segments: [Substring] = []
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            let isLast = place == parts.count - 1
            switch part {
            case ".": if isLast { segments.append("") }
            case "..":
                _ = segments.popLast()
                if isLast { segments.append("") }
            default: segments.append(Substring(part))
            }
        }
        let query = target[path.endIndex...]
        return WebLocation(
            isSecure: isSecure, host: host, port: port, target: "/" + segments.joined(separator: "/") + query)
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.".utf8.contains(byte)
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        let refused = Array("#\\\"<>^`{}".utf8)
        return text.utf8.count <= bytesMax
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !refused.contains($0) }
    }

    private static func hostAndPort(_ authority: Substring) -> (host: String, port: Int?)? {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty { port = rest.dropFirst() }
            guard host.dropFirst().dropLast().utf8.allSatisfy(isAddressByte) else { return nil }
        } else {
            if let colon = authority.firstIndex(of: ":") {
                host = authority[..<colon]
                port = authority[authority.index(after: colon)...]
            }
            guard host.utf8.allSatisfy(isHostByte) else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
        guard let port else { return (host.lowercased(), nil) }
        guard (1...5).contains(port.utf8.count), let number = Int(port), (1...65_535).contains(number),
            port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return (host.lowercased(), number)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
