internal import Glibc

/// A peer's address as what comes from it is counted: IPv4 whole, of IPv6 the first 64 bits, which one customer holds.
package enum NetworkAddress {
    /// - Parameter text: an address in digits; any other text is given back.
    package static func counted(_ text: String) -> String {
        var address = in6_addr()
        guard text.contains(":"), inet_pton(AF_INET6, text, &address) == 1 else { return text }
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped
            ? bytes.suffix(4).map { String($0) }.joined(separator: ".")
            : bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }
}
