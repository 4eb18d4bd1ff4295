/// The proxies whose word counts on who the client is and whether it came over TLS.
///
/// Only one of the two ways to tell is believed, the one that the proxies use: they would pass the other on as the client
/// made it up.
/// - Source: RFC 7239, Forwarded HTTP Extension.
package struct TrustedProxies: Sendable {
    /// How the proxies tell.
    package enum Field: Sendable {
        /// `X-Forwarded-For` and `X-Forwarded-Proto`.
        case xForwarded
        /// `Forwarded`.
        case forwarded
    }

    /// Who is believed; nobody where it is empty.
    package var prefixes: [IPPrefix]
    package var field: Field

    package init(_ prefixes: [IPPrefix] = [], field: Field = .xForwarded) {
        self.prefixes = prefixes
        self.field = field
    }

    /// Whether an address is one of a trusted proxy.
    package func contains(_ address: IPAddress) -> Bool {
        for prefix in prefixes where prefix.contains(address) { return true }
        return false
    }

    /// Who the client is, by the word of the proxy at `peer`, which the caller has found to be trusted: the last address
    /// in the list that is none of the proxies'. What stands before it is the client's own claim. Where the list cannot
    /// be read on, it is the proxy that came furthest.
    package func client(behind peer: IPAddress, _ headers: HTTPHeaders) -> IPAddress {
        var furthest = peer
        switch field {
        case .xForwarded:
            guard let list = headers.list("X-Forwarded-For") else { return peer }
            for element in list.split(separator: ",", omittingEmptySubsequences: false).reversed() {
                guard let address = Self.node(Self.trimmed(element)) else { return furthest }
                furthest = address
                guard contains(address) else { return address }
            }
        case .forwarded:
            guard let list = headers.list("Forwarded") else { return peer }
            for element in Self.elements(list).reversed() {
                guard let node = element.node, let address = Self.node(node) else { return furthest }
                furthest = address
                guard contains(address) else { return address }
            }
        }
        return furthest
    }

    /// Whether the client spoke TLS to the nearest proxy; `nil` where it does not say.
    package func isSecure(_ headers: HTTPHeaders) -> Bool? {
        let scheme: String?
        switch field {
        case .xForwarded:
            scheme = headers.list("X-Forwarded-Proto")?.split(separator: ",", omittingEmptySubsequences: false).last
                .map { Self.trimmed($0) }
        case .forwarded: scheme = headers.list("Forwarded").flatMap { Self.elements($0).last?.scheme }
        }
        switch scheme?.lowercased() {
        case "https": return true
        case "http": return false
        default: return nil
        }
    }

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`; `nil` for `unknown` and the like.
    static func node(_ text: String) -> IPAddress? {
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            guard isPort(text[text.index(after: end)...]) else { return nil }
            let inner = String(text[text.index(after: text.startIndex)..<end])
            return inner.utf8.contains(UInt8(ascii: ":")) ? IPAddress(inner) : nil
        }
        guard let colon = text.firstIndex(of: ":"), isPort(text[colon...]) else { return nil }
        return IPAddress(String(text[..<colon]))
    }

    /// Nothing, or a colon and a number.
    private static func isPort(_ text: Substring) -> Bool {
        if text.isEmpty { return true }
        return text.first == ":" && (2...6).contains(text.utf8.count)
            && text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    /// What one proxy says of whom it got the request from.
    private struct Element {
        var node: String?
        var scheme: String?
    }

    /// The elements of `Forwarded`; one that is malformed says nothing.
    private static func elements(_ list: String) -> [Element] {
        var scanner = FieldScanner(list)
        var elements: [Element] = []
        repeat {
            var element = Element()
            var isWellFormed = true
            repeat {
                scanner.skipSpace()
                guard let name = scanner.token() else { continue }
                guard scanner.take(UInt8(ascii: "=")), let value = scanner.quotedString() ?? scanner.token() else {
                    isWellFormed = false
                    break
                }
                if HTTPHeaders.sameName(name, "for") { element.node = value }
                if HTTPHeaders.sameName(name, "proto") { element.scheme = value }
                scanner.skipSpace()
            } while scanner.take(UInt8(ascii: ";"))
            if !scanner.isAtEnd && !scanner.take(UInt8(ascii: ",")) {
                isWellFormed = false
                scanner.skip(to: UInt8(ascii: ","))
                _ = scanner.take(UInt8(ascii: ","))
            }
            elements.append(isWellFormed ? element : Element())
        } while !scanner.isAtEnd
        return elements
    }
}
