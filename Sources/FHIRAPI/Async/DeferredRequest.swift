internal import Base
internal import HTTP

/// A request that is answered later, with all that it takes to answer it after a restart.
struct DeferredRequest: Sendable {
    let method: HTTPMethod
    /// As the client sent it.
    let target: String
    let headers: HTTPHeaders
    let body: [UInt8]
    /// Whether it was begun.
    var hasBegun = false

    /// The header fields that say what is asked for, and where; the others are about the connection.
    private static let kept = [
        "accept", "content-type", "host", "if-match", "if-modified-since", "if-none-exist", "if-none-match", "prefer",
    ]
    private static let headersMax: UInt64 = 16

    /// - Parameter request: admitted, with its content decoded.
    init(_ request: HTTPRequest) {
        method = request.method
        target = request.target
        var headers: HTTPHeaders = [:]
        for name in Self.kept {
            if let value = request.headers.list(name) { headers[name] = value }
        }
        self.headers = headers
        body = request.body
    }

    /// Whether to do it a second time changes nothing.
    var isRepeatable: Bool { method == .get || method == .head || target.contains("_search") }

    func write(to writer: ByteWriter) {
        writer.writeSized(method.name)
        writer.writeSized(target)
        let present = Self.kept.compactMap { name in headers[name].map { (name, $0) } }
        writer.writeVarint(UInt64(present.count))
        for (name, value) in present {
            writer.writeSized(name)
            writer.writeSized(value)
        }
        writer.writeVarint(UInt64(body.count))
        body.withUnsafeBytes { writer.write($0) }
        writer.write(hasBegun ? UInt8(1) : 0)
    }

    /// - Returns: `nil` unless `write` made the bytes.
    init?(_ reader: inout ByteReader) {
        guard let method = reader.text(), let target = reader.text(), let count = reader.readVarint(),
            count <= Self.headersMax
        else { return nil }
        self.method = HTTPMethod(method)
        self.target = target
        var headers: HTTPHeaders = [:]
        for _ in 0..<count {
            guard let name = reader.text(), let value = reader.text() else { return nil }
            headers[name] = value
        }
        self.headers = headers
        guard let size = reader.readVarint(), let body = reader.readBytes(Int(clamping: size)),
            let hasBegun = reader.readByte()
        else { return nil }
        self.body = Array(body)
        self.hasBegun = hasBegun == 1
    }
}
