/// A request target taken apart: decoded path segments and query parameters.
/// - Source: RFC 9112 section 3.2 (origin-form, absolute-form, asterisk-form).
package struct RequestTarget: Sendable, Equatable {
    /// Decoded segments; `/` has none, and one slash at the end adds none. `*` is the single segment `*`.
    package var path: [String]
    package var query: QueryParameters

    /// Splits first and decodes then, so that an escaped slash stays within its segment.
    /// - Throws: `HTTPError.malformedTarget` for bad escapes, text that is not UTF-8, control characters and spaces,
    ///   segments `.` and `..` (escaped or not), and anything that does not start with `/`.
    package init(_ target: String) throws(HTTPError) {
        var target = target
        let parsed = target.withUTF8 { Self.parse($0) }
        switch parsed {
        case .success(let value): self = value
        case .failure(let error): throw error
        }
    }

    private init(path: [String], query: QueryParameters) {
        self.path = path
        self.query = query
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<RequestTarget, HTTPError> {
        for byte in bytes where byte <= 0x20 || byte == 0x7F {
            return .failure(HTTPError(.malformedTarget, "The request target holds a space or control character."))
        }
        if bytes.count == 1 && bytes[0] == UInt8(ascii: "*") {
            return .success(RequestTarget(path: ["*"], query: QueryParameters()))
        }
        guard let start = pathStart(bytes) else {
            return .failure(HTTPError(.malformedTarget, "The request target does not start with a slash."))
        }
        let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
        guard let path = segments(UnsafeBufferPointer(rebasing: bytes[start..<end])) else {
            return .failure(
                HTTPError(.malformedTarget, "The path holds a malformed percent escape or a dot segment."))
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "?") else {
            return .success(RequestTarget(path: path, query: QueryParameters()))
        }
        let queryEnd = bytes[end...].firstIndex(of: UInt8(ascii: "#")) ?? bytes.count
        guard let query = QueryParameters(decoding: UnsafeBufferPointer(rebasing: bytes[(end + 1)..<queryEnd])) else {
            return .failure(HTTPError(.malformedTarget, "The query holds a malformed percent escape."))
        }
        return .success(RequestTarget(path: path, query: query))
    }

    /// Where the path begins: at 0 in origin-form, after the authority in absolute-form.
    private static func pathStart(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: "/") { return 0 }
        for scheme in ["http://", "https://"] where bytes.count > scheme.utf8.count {
            guard zip(bytes, scheme.utf8).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) else { continue }
            return bytes[scheme.utf8.count...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
                ?? bytes.count
        }
        return nil
    }

    private static func segments(_ bytes: UnsafeBufferPointer<UInt8>) -> [String]? {
        var segments: [String] = []
        var start = 1
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
            guard let segment = PercentEncoding.decode(UnsafeBufferPointer(rebasing: bytes[start..<end])),
                segment != ".", segment != ".."
            else { return nil }
            segments.append(segment)
            start = end + 1
        }
        return segments
    }
}
