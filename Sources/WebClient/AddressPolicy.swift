package import HTTP

/// Which addresses requests may go to: those of the public internet, and what an operator names.
///
/// What counts is the address that a connection is really made to, so that no name, spelling of a number or answer of a
/// name service gets around it.
package struct AddressPolicy: Sendable {
    /// What may be reached although it is not public; also the only places that may be asked over plain HTTP.
    package var allowed: [AllowedAddress]

    /// Public addresses over https alone.
    package static let publicOnly = AddressPolicy()

    package init(allowing allowed: [AllowedAddress] = []) {
        self.allowed = allowed
    }

    /// Whether a connection for `host` may go to `address`.
    /// - Parameters:
    ///   - isMapped: whether it is an IPv4 address within IPv6, which no public server has.
    ///   - isPlain: whether what is sent is not encrypted.
    package func permits(_ address: IPAddress, isMapped: Bool, port: Int, host: String, isPlain: Bool) -> Bool {
        for entry in allowed where entry.covers(address, port: port, host: host) { return true }
        return !isPlain && !isMapped && Self.isPublic(address)
    }

    /// Whether anything at all may be asked over plain HTTP.
    var permitsPlainHTTP: Bool { !allowed.isEmpty }

    /// Whether an address is one of the public internet, by IANA's registries of special purposes.
    /// - Source: RFC 6890 and the registries that it makes; for IPv6 all but 2000::/3 is refused from the start.
    package static func isPublic(_ address: IPAddress) -> Bool {
        if address.isV4 { return !specialV4.contains { $0.contains(address) } }
        if translated.contains(where: { $0.contains(address) }) {
            return !translatedSpecialV4.contains { $0.contains(address) }
        }
        return globalV6.contains { $0.contains(address) } && !specialV6.contains { $0.contains(address) }
    }

    /// This network, private, shared by carriers, loopback, link-local, protocol assignments, documentation, relays of
    /// 6to4, benchmarks, multicast, reserved and broadcast.
    private static let specialV4Text = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ]
    private static let specialV4 = specialV4Text.compactMap { IPPrefix($0) }

    /// NAT64: IPv4 behind the well-known prefix is judged as the IPv4 address. The prefixes for local use (RFC 8215) are
    /// outside of what is global.
    private static let translated = ["64:ff9b::/96"].compactMap { IPPrefix($0) }
    private static let translatedSpecialV4 = specialV4Text.compactMap { text -> IPPrefix? in
        let parts = text.split(separator: "/")
        guard parts.count == 2, let bits = Int(parts[1]) else { return nil }
        return IPPrefix("64:ff9b::\(parts[0])/\(96 + bits)")
    }

    private static let globalV6 = ["2000::/3"].compactMap { IPPrefix($0) }
    /// Protocol assignments (Teredo, benchmarks, ORCHID), documentation, 6to4 and the 6bone.
    private static let specialV6 = [
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "3ffe::/16",
    ].compactMap { IPPrefix($0) }
}
