/// Why the record store refused or failed.
package struct StoreError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// The write's precondition does not hold: the resource has another version, or already exists.
        case conflict
        /// A search that the write builds on may find something else by now: search again, then write.
        case changed
        /// The disk is full; nothing of the write was kept.
        case full
        /// Stored bytes were altered or are damaged.
        case damaged
        /// The patient's key was shredded.
        case shredded
        /// The scope may see the resource, or makes a new one, and may not write it so.
        case denied
        /// The scope may not see the resource: it answers like one that is not there.
        case hidden
        /// The request goes beyond a limit.
        case limit
        /// The request itself is malformed.
        case invalid
        /// The store is closed or cannot be written.
        case unavailable
    }

    package var code: Code
    package var detail: String
    /// The place of the write in its batch that a conflict is about.
    package var write: Int?
    package var cause: (any Error)?

    package init(code: Code, detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
