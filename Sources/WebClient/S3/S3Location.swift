internal import HTTP

/// Where an object lies in a store that speaks S3: `s3://bucket/key`.
package struct S3Location: Hashable, Sendable, CustomStringConvertible {
    package let bucket: String
    package let key: String

    private static let prefix = "s3://"
    private static let keyBytesMax = 1_024

    /// - Returns: `nil` if the bucket is none by S3's rules, or the key is empty, longer than 1,024 bytes, holds control
    ///   characters, or has a segment `.` or `..`, which no URL keeps.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let rest = text.dropFirst(Self.prefix.count)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        let (bucket, key) = (rest[..<slash], rest[rest.index(after: slash)...])
        guard (3...63).contains(bucket.utf8.count), bucket.utf8.allSatisfy(Self.isBucketByte),
            bucket.first != "-", bucket.first != ".", bucket.last != "-", bucket.last != ".", !bucket.contains("..")
        else { return nil }
        guard (1...Self.keyBytesMax).contains(key.utf8.count), key.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            !key.split(separator: "/").contains(where: { $0 == "." || $0 == ".." })
        else { return nil }
        self.bucket = String(bucket)
        self.key = String(key)
    }

    package var description: String { "s3://\(bucket)/‹key›" }

    /// The key as the path of a URL, escaped as signatures want it.
    var path: String {
        key.split(separator: "/", omittingEmptySubsequences: false)
            .map { PercentEncoding.encode(String($0)) }.joined(separator: "/")
    }

    private static func isBucketByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
