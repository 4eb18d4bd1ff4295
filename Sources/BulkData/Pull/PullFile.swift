package import Base

/// A file of a pull, and how far its download is.
package struct PullFile: Sendable, Equatable {
    package enum State: UInt8, Sendable {
        /// To be downloaded, from where it stopped.
        case waiting = 1
        /// It is here under an older link; the server is asked whether it is still the same.
        case comparing = 2
        /// It is here from its first to its last byte.
        case whole = 3
        /// The server does not give it out; the reason stands in the report.
        case failed = 4
    }

    /// Its number in the pull's folder; never given twice.
    package let number: Int
    package var facts: Manifest.File
    package var state = State.waiting
    /// Bytes that are here, as they came over the line.
    package var received: UInt64 = 0
    /// Bytes that there are, if the server says.
    package var total: UInt64?
    /// What tells this content from every other; only a strong one.
    package var entityTag: String?
    /// Failures since bytes last came.
    package var failures = 0
    package var notBefore: Instant?

    init(number: Int, facts: Manifest.File) {
        self.number = number
        self.facts = facts
    }

    /// Whether it is to be asked for.
    var isOpen: Bool { state == .waiting || state == .comparing }

    /// Whether another entry of a manifest is for the same file, be it by another signature in its link.
    func isSame(as other: Manifest.File) -> Bool {
        facts.content == other.content && facts.type == other.type
            && facts.location.withoutQuery == other.location.withoutQuery && facts.count == other.count
            && facts.bytes == other.bytes
    }
}
