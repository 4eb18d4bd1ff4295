internal import HTTP

/// The token of `Authorization: Bearer …`.
/// - Source: RFC 6750 section 2.1.
enum BearerToken {
    private static let scheme: StaticString = "bearer "

    /// - Returns: `nil` if there is none.
    static func of(_ headers: HTTPHeaders) -> String? {
        guard var value = headers["authorization"] else { return nil }
        return value.withUTF8 { bytes in
            let length = scheme.utf8CodeUnitCount
            guard bytes.count > length else { return nil }
            for place in 0..<length {
                let byte = bytes[place]
                let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                guard (isUpper ? byte | 0x20 : byte) == scheme.utf8Start[place] else { return nil }
            }
            var start = length
            while start < bytes.count, bytes[start] == UInt8(ascii: " ") { start += 1 }
            guard start < bytes.count else { return nil }
            return String(decoding: UnsafeBufferPointer(rebasing: bytes[start...]), as: UTF8.self)
        }
    }
}
