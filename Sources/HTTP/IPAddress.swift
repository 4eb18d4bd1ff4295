internal import Glibc

/// An IPv4 or IPv6 address, without zone. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address as 128 bits in IPv6's form; IPv4 as `::ffff:0:0/96`.
    let high: UInt64
    let low: UInt64

    private static let mappedPrefix: UInt64 = 0x0000_FFFF_0000_0000

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The IPv4 address of four bytes in the order of the network.
    package init(v4 number: UInt32) {
        high = 0
        low = Self.mappedPrefix | UInt64(number)
    }

    /// An IPv6 address of 16 bytes in the order of the network; `nil` for another number of bytes.
    package init?(v6 bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// Reads `192.0.2.1`, `2001:db8::1`, `::ffff:192.0.2.1`; `nil` for anything else, ports and brackets too.
    package init?(_ text: String) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            var bytes = in6_addr()
            guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
            guard let address = withUnsafeBytes(of: &bytes, { IPAddress(v6: $0) }) else { return nil }
            self = address
        } else {
            var number = in_addr()
            guard inet_pton(AF_INET, text, &number) == 1 else { return nil }
            self.init(v4: UInt32(bigEndian: number.s_addr))
        }
    }

    package var isV4: Bool { high == 0 && low & 0xFFFF_FFFF_0000_0000 == Self.mappedPrefix }

    /// Whether it is this machine's own: `127.0.0.0/8` and `::1`.
    package var isLoopback: Bool {
        isV4 ? (low >> 24) & 0xFF == 127 : high == 0 && low == 1
    }

    /// What one client can be told by: the IPv4 address, or the network of 64 bits that an IPv6 client chooses its
    /// addresses from.
    package var network: IPAddress {
        isV4 ? self : IPAddress(high: high, low: 0)
    }

    /// The usual text: dotted for IPv4, RFC 5952 for IPv6.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isV4 {
            var number = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            inet_ntop(AF_INET, &number, &text, socklen_t(text.count))
        } else {
            var bytes = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
