package import Base

/// The 128-bit keyed hash of a resource's type and id: how the index knows a resource.
package struct IdentityToken: Hashable, Comparable, Sendable {
    @usableFromInline let high: UInt64
    @usableFromInline let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The token of `type/id` under a tenant's identity key.
    package init(type: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer, key: SipKey) {
        let hash = withUnsafeTemporaryAllocation(byteCount: type.count + 1 + id.count, alignment: 8) { text in
            text.copyBytes(from: type)
            text[type.count] = UInt8(ascii: "/")
            UnsafeMutableRawBufferPointer(rebasing: text[(type.count + 1)...]).copyBytes(from: id)
            return SipHash.hash128(UnsafeRawBufferPointer(text), key: key)
        }
        high = hash.high
        low = hash.low
    }

    /// The token of `type/id` under a tenant's identity key.
    package init(type: String, id: String, key: SipKey) {
        var type = type
        var id = id
        self = type.withUTF8 { type in
            id.withUTF8 { IdentityToken(type: UnsafeRawBufferPointer(type), id: UnsafeRawBufferPointer($0), key: key) }
        }
    }

    @inlinable
    package static func < (left: IdentityToken, right: IdentityToken) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// The token's own bits are random enough: no need to mix them again.
    @inlinable
    package func hash(into hasher: inout Hasher) {
        hasher.combine(low)
    }
}
