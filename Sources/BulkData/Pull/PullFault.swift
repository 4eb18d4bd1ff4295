/// Why a step of a pull failed, as far as it matters for what to do next.
package struct PullFault: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: UInt8, Sendable {
        /// The same may succeed in a while.
        case transient = 1
        /// The server is asked too much.
        case busy = 2
        /// What was asked for is not there any more, or its link has expired.
        case gone = 3
        /// What is here of a file is not of what the server has now: to be asked for from its beginning.
        case changed = 4
        /// The server does not have this.
        case notSupported = 5
        /// It will not succeed, however often.
        case refused = 6
        /// Somebody stopped the pull.
        case cancelled = 7
    }

    package var kind: Kind
    /// In plain words, without anything of a resource, token or query.
    package var detail: String
    /// How long the server asks to be left alone, in seconds.
    package var retryAfter: Double?

    package init(_ kind: Kind, _ detail: String, retryAfter: Double? = nil) {
        self.kind = kind
        self.detail = detail
        self.retryAfter = retryAfter
    }

    package var description: String { detail }
}
