internal import Base
internal import Vault

/// That an entry has to do with a patient, an agent or a kind of event, known by a keyed hash.
struct IndexToken: Hashable, Comparable {
    var low: UInt64
    var high: UInt64

    static func < (left: IndexToken, right: IndexToken) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// A token and the entry that has it, counted from the first of its index part.
struct IndexPosting: Comparable {
    var token: IndexToken
    var entry: UInt32

    static func < (left: IndexPosting, right: IndexPosting) -> Bool {
        (left.token, left.entry) < (right.token, right.entry)
    }
}

/// Makes the tokens of entries and queries.
final class IndexTokens: Sendable {
    private let key: SipKey

    private enum Kind: UInt8 {
        case patient = 1
        case agent, category, event, outcome
    }

    init(_ keys: TrailKeys) throws(VaultError) {
        key = try keys.tokenKey().withBytes { bytes in
            SipKey(
                low: bytes.loadUnaligned(as: UInt64.self),
                high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }

    /// Hands out the tokens of an entry.
    func each(of entry: AuditEntry, _ scratch: ByteWriter, _ body: (IndexToken) -> Void) {
        for patient in entry.patients { body(token(.patient, patient, scratch)) }
        body(token(.agent, entry.agent, scratch))
        if let other = entry.onBehalfOf, other != entry.agent { body(token(.agent, other, scratch)) }
        body(token(.category, entry.category.rawValue, scratch))
        body(token(.event, entry.event, scratch))
        // Most entries tell of a success: a list of those would save nothing.
        if entry.outcome != .success { body(token(.outcome, entry.outcome.rawValue, scratch)) }
    }

    /// The tokens that every answer to a query has.
    func tokens(of query: AuditQuery) -> [IndexToken] {
        let scratch = ByteWriter(capacity: 128)
        var found: [IndexToken] = []
        if let patient = query.patient { found.append(token(.patient, patient, scratch)) }
        if let agent = query.agent { found.append(token(.agent, agent, scratch)) }
        if let category = query.category { found.append(token(.category, category.rawValue, scratch)) }
        if let event = query.event { found.append(token(.event, event, scratch)) }
        if let outcome = query.outcome, outcome != .success {
            found.append(token(.outcome, outcome.rawValue, scratch))
        }
        return found
    }

    private func token(_ kind: Kind, _ text: String, _ scratch: ByteWriter) -> IndexToken {
        scratch.removeAll()
        scratch.write(kind.rawValue)
        scratch.write(text)
        let hash = SipHash.hash128(scratch.bytes, key: key)
        return IndexToken(low: hash.low, high: hash.high)
    }

    private func token(_ kind: Kind, _ value: UInt8, _ scratch: ByteWriter) -> IndexToken {
        scratch.removeAll()
        scratch.write(kind.rawValue)
        scratch.write(value)
        let hash = SipHash.hash128(scratch.bytes, key: key)
        return IndexToken(low: hash.low, high: hash.high)
    }
}
