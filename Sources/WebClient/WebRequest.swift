package import HTTP

/// A request to another server.
package struct WebRequest {
    package var method: HTTPMethod
    /// An absolute http or https URL, without user.
    package var url: String
    /// Those of the framing (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection`, `Expect` …) are the client's
    /// own and refused here.
    package var headers: HTTPHeaders
    package var body: WebBody
    /// Whether the answer may come compressed; it is handed out decoded then. Never together with `Range`.
    package var acceptsCompression = false
    /// In place of the client's own limits where they are set.
    package var answerBytesMax: UInt64?
    package var requestSecondsMax: Double?
    package var silentSecondsMax: Double?
    package var redirectsMax: Int?
    /// How fast the answer is taken at most.
    package var receivedBytesPerSecondMax: UInt64?
    /// How fast the body is sent at most.
    package var sentBytesPerSecondMax: UInt64?

    /// Signed by libcurl where it is set.
    var signature: RequestSignature?

    package init(_ method: HTTPMethod = .get, _ url: String, headers: HTTPHeaders = [:], body: WebBody = .none) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// Asks for the bytes from `first` on, through `last` where it is given. The answer may be all the same: 206 says
    /// that it is the range, 200 that it is everything.
    /// - Parameter validator: an ETag; where the content has another by now, everything comes.
    package mutating func setRange(from first: UInt64, through last: UInt64? = nil, ifStill validator: String? = nil) {
        headers["Range"] = "bytes=\(first)-" + (last.map { String($0) } ?? "")
        headers["If-Range"] = validator
    }
}

/// What a request carries.
package enum WebBody {
    case none
    case bytes([UInt8])
    /// So many bytes that can be read again from any offset, so that a request survives a connection that the server
    /// closed meanwhile. The closure fills the buffer from the offset and returns how many bytes it put there, at least 1.
    case readable(byteCount: UInt64, (_ buffer: UnsafeMutableRawBufferPointer, _ offset: UInt64) throws -> Int)
    /// Bytes that can be had only once. The closure fills the buffer and returns how many bytes it put there, 0 at the end.
    case stream(byteCount: UInt64?, (_ buffer: UnsafeMutableRawBufferPointer) throws -> Int)

    var isNone: Bool {
        if case .none = self { return true }
        return false
    }

    /// Whether it can be sent a second time.
    var isRepeatable: Bool {
        if case .stream = self { return false }
        return true
    }

    /// How many bytes it has, where that is known.
    var byteCount: UInt64? {
        switch self {
        case .none: 0
        case .bytes(let bytes): UInt64(bytes.count)
        case .readable(let count, _): count
        case .stream(let count, _): count
        }
    }
}
