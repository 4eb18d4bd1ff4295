internal import Base
internal import HTTP
internal import RecordStore

/// The answer to an entry of a batch or transaction.
/// - Source: FHIR R4 bundle, https://hl7.org/fhir/R4/bundle.html#Bundle.entry.response
struct EntryResponse: Sendable {
    var status: HTTPStatus
    var location: String?
    var etag: String?
    var lastModified: Instant?
    /// A resource that was asked for.
    var resource: ByteBuffer?
    var outcome: ByteBuffer?

    init(_ status: HTTPStatus) {
        self.status = status
    }

    /// - Parameters:
    ///   - isRead: whether the content is what was asked for, also where it is an OperationOutcome.
    ///   - lastModified: when the version was written; `nil` to go by the answer's header, which tells whole seconds.
    init(_ response: HTTPResponse, isRead: Bool = false, lastModified: Instant? = nil) {
        status = response.status
        location = response.headers["location"]
        etag = response.headers["etag"]
        self.lastModified = lastModified ?? response.headers["last-modified"].flatMap { HTTPDate.parse($0) }
        guard case .buffer(let buffer) = response.body, buffer.count > 0 else { return }
        let prefix = "{\"resourceType\":\"OperationOutcome\""
        let isOutcome = buffer.withUnsafeBytes { $0.starts(with: prefix.utf8) }
        if isOutcome && (!isRead || response.status.code >= 400) { outcome = buffer } else { resource = buffer }
    }

    /// Writes the entry's members.
    func write(to writer: ByteWriter) {
        if let resource {
            writer.write("\"resource\":")
            resource.withUnsafeBytes { writer.write($0) }
            writer.write(",")
        }
        writer.write("\"response\":{\"status\":\"")
        writer.writeDecimal(status.code)
        writer.write(" ")
        writer.write(status.reason)
        writer.write("\"")
        for (name, text) in [("location", location), ("etag", etag)] {
            guard let text else { continue }
            writer.write(",\"\(name)\":")
            writeJSONString(text, to: writer)
        }
        if let lastModified {
            writer.write(",\"lastModified\":\"")
            writeInstant(lastModified, to: writer)
            writer.write("\"")
        }
        if let outcome {
            writer.write(",\"outcome\":")
            outcome.withUnsafeBytes { writer.write($0) }
        }
        writer.write("}")
    }
}
