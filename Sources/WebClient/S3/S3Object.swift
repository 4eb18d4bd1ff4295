internal import HTTP

/// One object of a store that speaks S3, read at any offset. What is read is of one version: an object that was put anew
/// meanwhile ends the reading.
package final class S3Object: Sendable {
    package let byteCount: UInt64
    private let client: WebClient
    private let store: S3Store
    private let url: String
    private let entityTag: String
    private let location: S3Location

    /// The hash of no bytes, which is what requests that read carry.
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// Asks for the object's size. Blocks.
    /// - Throws: `WebClientError`: `.missing` if there is no such object, `.credentialsRefused` if it may not be read.
    package init(_ location: S3Location, in store: S3Store, by client: WebClient) throws(WebClientError) {
        let url = store.url(of: location)
        let answer = try client.send(Self.request(.head, url, store)).head
        guard answer.status == .ok else { throw Self.failure(answer, store, location) }
        guard let count = answer.headers["Content-Length"].flatMap({ UInt64($0) }), let tag = answer.headers["ETag"]
        else { throw WebClientError(.protocolViolation, "\(location): the store tells neither size nor ETag") }
        byteCount = count
        entityTag = tag
        self.client = client
        self.store = store
        self.url = url
        self.location = location
    }

    /// Fills the buffer from `offset`, as far as the object goes. Each call is a request: buffers of some MB are right.
    /// Blocks; many threads may read at once.
    /// - Returns: how many bytes were read; 0 at the end.
    /// - Throws: `WebClientError`: `.changed` if the object is another by now. What `isTemporary` may be tried again.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, cancellation: WebCancellation? = nil
    ) throws(WebClientError) -> Int {
        guard offset < byteCount, !buffer.isEmpty else { return 0 }
        let count = Int(min(UInt64(buffer.count), byteCount - offset))
        var request = Self.request(.get, url, store)
        request.setRange(from: offset, through: offset + UInt64(count) - 1)
        request.headers["If-Match"] = entityTag
        // Of a refusal there is a page, and it may be longer than what was asked for.
        request.answerBytesMax = UInt64(max(count, 64 << 10))
        var filled = 0
        let answer = try client.send(request, cancellation: cancellation) { head, piece in
            guard head.status == .partialContent, head.range?.first == offset, filled + piece.count <= count else {
                return
            }
            buffer[filled..<(filled + piece.count)].copyBytes(from: piece)
            filled += piece.count
        }
        guard answer.status == .partialContent else { throw Self.failure(answer, store, location) }
        guard filled == count else {
            throw WebClientError(.protocolViolation, "\(location): the store answers with another range")
        }
        return filled
    }

    private static func request(_ method: HTTPMethod, _ url: String, _ store: S3Store) -> WebRequest {
        var request = WebRequest(method, url)
        request.headers["x-amz-content-sha256"] = emptyHash
        request.headers["x-amz-security-token"] = store.credentials.sessionToken
        request.signature = RequestSignature(
            region: store.region, service: "s3", keyID: store.credentials.keyID, secret: store.credentials.secret)
        // What is signed is for one host.
        request.redirectsMax = 0
        return request
    }

    private static func failure(_ answer: WebResponse, _ store: S3Store, _ location: S3Location) -> WebClientError {
        let code = answer.status.code
        switch code {
        case 401, 403:
            return WebClientError(
                .credentialsRefused, "\(location): the store refuses it (\(code)); check key, region and rights",
                statusCode: code)
        case 404: return WebClientError(.missing, "\(location): there is no such object", statusCode: code)
        case 412: return WebClientError(.changed, "\(location): the object was put anew meanwhile", statusCode: code)
        case 300...399:
            return WebClientError(
                .refusedRedirect,
                "\(location): the store sends on; the bucket is in another region than "
                    + store.region, statusCode: code)
        case 429, 500...599:
            return WebClientError(.unavailable, "\(location): the store answers \(code)", statusCode: code)
        default:
            return WebClientError(.protocolViolation, "\(location): the store answers \(code)", statusCode: code)
        }
    }
}
