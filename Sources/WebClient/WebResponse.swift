package import HTTP

/// The header of another server's answer.
package struct WebResponse: Sendable {
    package var status: HTTPStatus
    /// Those of the last answer; where the body was decoded, without `Content-Encoding` and `Content-Length`.
    package var headers: HTTPHeaders
    /// Where the answer came from after all redirects; may hold secrets in its query.
    package var url: String

    package init(status: HTTPStatus, headers: HTTPHeaders, url: String) {
        self.status = status
        self.headers = headers
        self.url = url
    }

    /// Which bytes an answer 206 holds.
    package struct Range: Sendable, Equatable {
        package var first: UInt64
        package var last: UInt64
        /// How many bytes the whole has, where the server knows.
        package var byteCount: UInt64?

        package init(first: UInt64, last: UInt64, byteCount: UInt64?) {
            self.first = first
            self.last = last
            self.byteCount = byteCount
        }
    }

    /// The range that the answer says it holds; `nil` if it names none or one that cannot be.
    /// - Source: RFC 9110 section 14.4.
    package var range: Range? {
        guard let text = headers["Content-Range"], text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last else {
            return nil
        }
        if parts[1] == "*" { return Range(first: first, last: last, byteCount: nil) }
        guard let count = Self.number(parts[1]), last < count else { return nil }
        return Range(first: first, last: last, byteCount: count)
    }

    private static func number(_ text: Substring) -> UInt64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
    }
}
