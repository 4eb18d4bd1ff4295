internal import Base
internal import Synchronization

/// Gives each request an id that its answer, its audit entries and its log lines have in common.
///
/// An id that the client sent is kept where it is 1 to 64 of `A-Z a-z 0-9 . _ -`; it then says what the client says, and
/// need not be unique. Any other request gets 128 bits in hexadecimal that this process gives once and that tell nothing
/// of how many requests there were.
package final class RequestIDs: Sendable {
    /// The field that carries the id, both ways.
    package static let fieldName = "X-Request-Id"
    private static let givenBytesMax = 64

    private let key: SipKey
    private let next = Atomic<UInt64>(0)

    package init() {
        var random = SystemRandomNumberGenerator()
        key = SipKey(low: random.next(), high: random.next())
    }

    /// The id of a request with these header fields.
    package func id(_ headers: HTTPHeaders) -> String {
        guard let given = headers[Self.fieldName], Self.isAcceptable(given) else { return make() }
        return given
    }

    /// A new id: 32 hexadecimal digits.
    package func make() -> String {
        let number = next.add(1, ordering: .relaxed).oldValue
        let hash = withUnsafeBytes(of: number) { SipHash.hash128($0, key: key) }
        return String(unsafeUninitializedCapacity: 32) { target in
            for index in 0..<16 {
                target[index] = Self.digit(hash.high >> UInt64(60 - index * 4))
                target[index + 16] = Self.digit(hash.low >> UInt64(60 - index * 4))
            }
            return 32
        }
    }

    /// Whether an id that a client sent may be used as it is.
    package static func isAcceptable(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...givenBytesMax).contains(bytes.count) else { return false }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                continue
            default: return false
            }
        }
        return true
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value & 15)
        return nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
