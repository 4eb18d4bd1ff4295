internal import HTTP

/// A place that an operator lets requests go to though it is not public: a host or a network, perhaps one port of it.
package struct AllowedAddress: Sendable, Hashable {
    private enum Place: Hashable {
        case host(String)
        case network(IPPrefix)
    }

    private let place: Place
    private let port: Int?

    /// Reads `fhir.inner.example`, `fhir.inner.example:8443`, `10.1.0.0/16`, `192.168.1.5:8080`, `fd00::/8`,
    /// `[fd00::1]:8443`; `nil` for anything else. A name covers the hosts of URLs that are spelt like it, whatever
    /// address they have; not those below it.
    package init?(_ text: String) {
        if let prefix = IPPrefix(text) {
            self.init(.network(prefix), port: nil)
        } else if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"),
                let address = IPPrefix(String(text[text.index(after: text.startIndex)..<end]))
            else { return nil }
            let rest = text[text.index(after: end)...]
            if rest.isEmpty {
                self.init(.network(address), port: nil)
            } else {
                guard rest.first == ":", let port = Self.port(rest.dropFirst()) else { return nil }
                self.init(.network(address), port: port)
            }
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first else { return nil }
            var port: Int?
            if parts.count == 2 {
                guard let given = Self.port(parts[1]) else { return nil }
                port = given
            }
            if let address = IPAddress(String(name)), let prefix = IPPrefix(address.description) {
                self.init(.network(prefix), port: port)
            } else {
                guard Self.isHostName(name) else { return nil }
                self.init(.host(Self.folded(String(name))), port: port)
            }
        }
    }

    private init(_ place: Place, port: Int?) {
        self.place = place
        self.port = port
    }

    /// Whether it lets a connection for `host` go to `address`.
    func covers(_ address: IPAddress, port: Int, host: String) -> Bool {
        if let own = self.port, own != port { return false }
        switch place {
        case .host(let name): return name == Self.folded(host)
        case .network(let prefix): return prefix.contains(address)
        }
    }

    /// Lower case and without the root's dot.
    private static func folded(_ host: String) -> String {
        let lower = host.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    private static func port(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    /// Letters, digits, hyphens, underscores and dots, and not a number alone, which would be an address spelt oddly.
    private static func isHostName(_ text: Substring) -> Bool {
        var hasLetter = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): hasLetter = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): break
            default: return false
            }
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let last = labels.last.map { $0.isEmpty } ?? true ? labels.dropLast().last : labels.last
        let isNumeric = last.map { $0.lowercased().hasPrefix("0x") || $0.utf8.allSatisfy { $0 < 0x3A } } ?? true
        return hasLetter && !isNumeric && text.utf8.count <= 253 && !labels.dropLast().contains { $0.isEmpty }
    }
}
