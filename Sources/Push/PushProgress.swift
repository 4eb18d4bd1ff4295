/// How far a push is.
package enum PushProgress: Sendable {
    /// A file is read, to know its digest.
    case reading(file: String, bytes: UInt64, of: UInt64)
    /// A file is sent; what the server had before counts as sent.
    case sending(file: String, bytes: UInt64, of: UInt64)
    /// The server holds the whole against its digest.
    case verifying(file: String)
    case ingesting(file: String, RemoteIngest)
}

/// What became of a file.
package struct PushedFile: Sendable {
    package var file: String
    package var byteCount: UInt64
    package var sha256: String
    /// The upload's id.
    package var upload: String
    /// Bytes that went over the line now.
    package var sentBytes: UInt64
    /// Parts that were sent now, and those that the server had.
    package var sentParts: Int
    package var presentParts: Int
    /// What takes it in; `nil` where the server does not say.
    package var ingest: String?
}
