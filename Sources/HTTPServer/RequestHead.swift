internal import CMicrohttpd
internal import HTTP

/// The header of a request as libmicrohttpd read it, checked against the limits.
struct RequestHead {
    /// How the body is framed.
    enum Framing {
        case none
        case length(Int)
        case chunked
    }

    private(set) var headers = HTTPHeaders()
    private(set) var framing = Framing.none
    private(set) var expectsContinue = false
    private var byteCount = 0
    private var isMalformed = false
    private var layout: HeaderLayout
    private var lengths: [String] = []
    private var codings: [String] = []

    /// Reads all fields.
    /// - Parameters:
    ///   - method: as libmicrohttpd gave it.
    ///   - version: the same.
    /// - Throws: `HTTPError.headersTooLarge`; `HTTPError.malformedHeader` for names that are no tokens, and where the
    ///   length of the body is told in more than one way, since a proxy in front could cut the request elsewhere.
    init(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?,
        limits: ServerLimits
    ) throws(HTTPError) {
        layout = HeaderLayout(method: method, version: version)
        let count = withUnsafeMutablePointer(to: &self) { head in
            MHD_get_connection_values_n(
                connection, .HEADER_KIND,
                { head, _, name, nameCount, value, valueCount in
                    guard let head = head?.assumingMemoryBound(to: RequestHead.self) else { return .NO }
                    guard let name else {
                        head.pointee.isMalformed = true
                        return .YES
                    }
                    head.pointee.layout.add(name: name, value: value, valueBytes: valueCount)
                    head.pointee.add(
                        RequestHead.text(name, nameCount), value.map { RequestHead.value($0, valueCount) } ?? "")
                    return .YES
                }, head)
        }
        guard Int(count) <= limits.headerCountMax, byteCount <= limits.headerBytesMax else {
            throw HTTPError(
                .headersTooLarge,
                "The header may have \(limits.headerCountMax) fields of \(limits.headerBytesMax) bytes together.")
        }
        if HeaderLayout.isNeeded && !layout.isWhole(headerBytes: martlet_MHD_header_size(connection)) {
            isMalformed = true
        }
        guard !isMalformed else {
            throw HTTPError(.malformedHeader, "A header field has a name or a value that is not allowed.")
        }
        try checkFraming()
    }

    private static func text(_ start: UnsafePointer<CChar>, _ count: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// A value without the space that may follow it.
    private static func value(_ start: UnsafePointer<CChar>, _ count: Int) -> String {
        var end = count
        while end > 0, start[end - 1] == 0x20 || start[end - 1] == 0x09 { end -= 1 }
        return text(start, end)
    }

    private mutating func add(_ name: String, _ value: String) {
        byteCount += name.utf8.count + value.utf8.count
        // libmicrohttpd takes empty names and some with spaces, which others may read as another name.
        isMalformed = isMalformed || !HTTPHeaders.isToken(name) || !Self.isValue(value)
        headers.add(name, value)
        switch name.utf8.count {
        case 14 where HTTPHeaders.sameName(name, "content-length"): lengths.append(value)
        case 17 where HTTPHeaders.sameName(name, "transfer-encoding"): codings.append(value)
        case 6 where HTTPHeaders.sameName(name, "expect"):
            expectsContinue = expectsContinue || HTTPHeaders.sameName(value, "100-continue")
        default: break
        }
    }

    /// Whether a value has no control characters but tabs.
    private static func isValue(_ text: String) -> Bool {
        for byte in text.utf8 where (byte < 0x20 && byte != 0x09) || byte == 0x7F { return false }
        return true
    }

    private mutating func checkFraming() throws(HTTPError) {
        if !codings.isEmpty {
            guard codings.count == 1, lengths.isEmpty, HTTPHeaders.sameName(codings[0], "chunked") else {
                throw HTTPError(.malformedHeader, "The only Transfer-Encoding is chunked, without a Content-Length.")
            }
            framing = .chunked
        } else if let length = lengths.first {
            let isDigits = length.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard lengths.count == 1, isDigits, let value = Int(length) else {
                throw HTTPError(.malformedHeader, "Content-Length is one number of bytes.")
            }
            framing = value == 0 ? .none : .length(value)
        }
    }
}
