/// What stopped a read. Anything that concerns one file, line or entry is a `Rejection` instead.
package struct IntakeError: Error, CustomStringConvertible {
    /// The closed set of causes.
    package enum Code: String, Sendable {
        /// A file or folder can't be opened or read.
        case unreadable
        /// The bytes of an archive member don't agree with its checksum, size or compression.
        case damaged
        /// The input ends too early.
        case truncated
        /// The container is not a readable archive.
        case archive
        /// More unpacked bytes than the packed ones can honestly hold.
        case bomb
        /// Over an absolute limit.
        case tooLarge
        /// Whoever takes the units gave up; reading stopped.
        case cancelled
        /// The rejects file can't be written: going on would lose what is rejected.
        case rejectsUnwritable
        /// The spool can't be written or read back.
        case spool
        /// What keeps the source's bytes can't give them: not the sender's fault, so nothing is rejected for it.
        case source
        /// An ingest, or what it was to work on, is not there.
        case notFound
        /// The ingest is in a state that doesn't allow it.
        case conflict
    }

    package var code: Code
    /// Plain words; holds names and numbers of the caller's input, never its content.
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    /// True where the whole run must stop, not only the file at hand.
    package var stopsRun: Bool {
        switch code {
        case .cancelled, .rejectsUnwritable, .spool, .source, .notFound, .conflict: true
        case .unreadable, .damaged, .truncated, .archive, .bomb, .tooLarge: false
        }
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
