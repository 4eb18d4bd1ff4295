/// Why an entry could not be kept, or the trail not be read.
package struct AuditError: Error, CustomStringConvertible {
    /// What is wrong, for whoever decides what to do.
    package enum Code: Hashable, Sendable {
        /// The disk refused: full, read-only, broken.
        case storage
        /// The trail does not agree with itself, its heads or its anchor: it was altered, or the disk lost something.
        case damaged
        /// The keys are missing or do not fit.
        case keys
        /// The entry is larger than `AuditOptions.entryBytesMax`.
        case tooLarge
        /// More entries wait to be written than `AuditOptions.waitingMax`.
        case busy
        /// The trails were stopped.
        case stopped
        /// There is no such entry, head or trail, or its content was retired.
        case missing
        /// What was given is no proof, head, key or query.
        case malformed
        /// A proof is one, but does not prove what it says.
        case unproven
    }

    package var code: Code
    /// Plain words; never a patient's data.
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
