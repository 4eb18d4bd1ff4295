extension HTTPResponse {
    /// What follows the header.
    package enum Body: Sendable {
        /// Bytes that the transport copies once: right for small bodies.
        case bytes([UInt8])
        /// Bytes that the transport sends from where they lie: right for large bodies.
        case buffer(ByteBuffer)
        /// Bytes made piece by piece while they are sent.
        case stream(ByteStream)

        package static let empty = Body.bytes([])

        /// How many bytes the body has; `nil` for a stream that does not know.
        package var byteCount: Int? {
            switch self {
            case .bytes(let bytes): bytes.count
            case .buffer(let buffer): buffer.count
            case .stream(let stream): stream.byteCount
            }
        }

        /// The whole body in memory.
        /// - Throws: what the stream's producer throws.
        package func collect() throws -> [UInt8] {
            switch self {
            case .bytes(let bytes): return bytes
            case .buffer(let buffer): return buffer.withUnsafeBytes { Array($0) }
            case .stream(let stream):
                var all: [UInt8] = []
                while let piece = try stream.next() { all += piece }
                return all
            }
        }
    }
}

/// A body made piece by piece.
package struct ByteStream: Sendable {
    /// How many bytes all pieces have together, where that is known; the answer then has a `Content-Length`.
    package let byteCount: Int?
    /// The next piece, `nil` at the end. Called by one thread at a time, on a thread of the server: it should not
    /// wait long. When it throws, the connection is closed, so that the client sees the body is not whole.
    package let next: @Sendable () throws -> [UInt8]?

    package init(byteCount: Int? = nil, next: @escaping @Sendable () throws -> [UInt8]?) {
        self.byteCount = byteCount
        self.next = next
    }
}
