internal import CMicrohttpd
internal import HTTP

/// Turns an `HTTPResponse` into a response of libmicrohttpd.
enum ResponseWriter {
    /// How much of a stream is handed over at a time, in bytes.
    private static let streamBlockBytes = 32 << 10

    /// - Returns: a response that the caller destroys; `nil` when memory is short.
    static func make(_ response: HTTPResponse, isLast: Bool) -> OpaquePointer? {
        guard let made = body(response.status.forbidsBody ? .empty : response.body) else { return nil }
        // libmicrohttpd takes no empty values.
        for field in response.headers.fields where !field.value.isEmpty && !isTransportField(field.name) {
            guard MHD_add_response_header(made, field.name, field.value) == .YES else {
                MHD_destroy_response(made)
                return nil
            }
        }
        if isLast { MHD_add_response_header(made, "Connection", "close") }
        return made
    }

    /// Fields that say how the message is framed are the transport's alone.
    private static func isTransportField(_ name: String) -> Bool {
        HTTPHeaders.sameName(name, "content-length") || HTTPHeaders.sameName(name, "transfer-encoding")
            || HTTPHeaders.sameName(name, "connection")
    }

    private static func body(_ body: HTTPResponse.Body) -> OpaquePointer? {
        switch body {
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { raw in
                MHD_create_response_from_buffer(
                    raw.count, UnsafeMutableRawPointer(mutating: raw.baseAddress), .RESPMEM_MUST_COPY)
            }
        case .buffer(let buffer):
            let owner = Unmanaged.passRetained(buffer)
            let made = buffer.withUnsafeBytes { raw in
                MHD_create_response_from_buffer_with_free_callback_cls(
                    raw.count, UnsafeMutableRawPointer(mutating: raw.baseAddress),
                    { owner in
                        if let owner { Unmanaged<ByteBuffer>.fromOpaque(owner).release() }
                    }, owner.toOpaque())
            }
            if made == nil { owner.release() }
            return made
        case .stream(let stream):
            let owner = Unmanaged.passRetained(StreamReader(stream))
            let made = MHD_create_response_from_callback(
                stream.byteCount.map { UInt64($0) } ?? martlet_MHD_size_unknown, streamBlockBytes,
                { owner, _, target, room in
                    guard let owner, let target else { return martlet_MHD_end_with_error }
                    return Unmanaged<StreamReader>.fromOpaque(owner).takeUnretainedValue().read(target, room)
                }, owner.toOpaque(),
                { owner in
                    if let owner { Unmanaged<StreamReader>.fromOpaque(owner).release() }
                })
            if made == nil { owner.release() }
            return made
        }
    }
}

/// Hands a stream's pieces over in the portions that libmicrohttpd has room for. Used by one thread at a time.
private final class StreamReader {
    private let stream: ByteStream
    private var piece: [UInt8] = []
    private var offset = 0

    init(_ stream: ByteStream) {
        self.stream = stream
    }

    /// - Returns: how many bytes it wrote, or one of libmicrohttpd's two ends.
    func read(_ target: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
        do {
            while offset == piece.count {
                guard let next = try stream.next() else { return martlet_MHD_end_of_stream }
                piece = next
                offset = 0
            }
        } catch {
            return martlet_MHD_end_with_error
        }
        let count = min(room, piece.count - offset)
        piece.withUnsafeBytes { raw in
            UnsafeMutableRawBufferPointer(start: target, count: room).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: raw[offset..<offset + count]))
        }
        offset += count
        return count
    }
}
