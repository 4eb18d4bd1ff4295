internal import Search
internal import Vault

/// Holds what arrived since the searches of a batch against its guards. Runs under the sequencer's lock: it sees all that
/// has a sequence number, and nothing gets one meanwhile.
struct GuardCheck {
    let guards: [SearchGuard]
    let underWay: [BatchUnderWay]
    let store: TenantStore
    let snapshot: Snapshot
    /// The last entry of the log that was looked at before, but for versions of what was found.
    let seen: UInt64

    /// Longer stretches of the log are not looked through: the search is made again.
    private static let entriesMax: UInt64 = 1 << 20

    /// Looks at what is durable by `snapshot`; needs no lock.
    /// - Returns: the last entry of the log that was looked at.
    /// - Throws: `StoreError.changed` if one of the searches may find something else now.
    static func checkDurable(_ guards: [SearchGuard], in store: TenantStore, _ snapshot: Snapshot) throws -> UInt64 {
        let check = GuardCheck(guards: guards, underWay: [], store: store, snapshot: snapshot, seen: 0)
        try check.checkDurable()
        return snapshot.lastSequence
    }

    /// - Parameter head: gives the newest version of a resource, durable or not.
    /// - Throws: `StoreError.changed` if one of the searches may find something else now.
    func run(head: (IdentityToken) throws -> Head?) throws {
        for one in guards { try checkHeads(one, head) }
        try checkDurable()
        try checkUnderWay()
    }

    private func changed() -> StoreError {
        StoreError(code: .changed, detail: "what a condition was checked against changed meanwhile: try again")
    }

    /// What was found must still be found; what is named by its id and was not found must not have come.
    private func checkHeads(_ one: SearchGuard, _ head: (IdentityToken) throws -> Head?) throws {
        for identity in one.expected.union(one.ids ?? []) {
            guard let head = try head(identity), head.sequence > one.point else { continue }
            guard !head.isDeleted else {
                // One that was not found, and is deleted, is not found now either.
                if one.expected.contains(identity) { throw changed() }
                continue
            }
            guard one.expected.contains(identity), try isCertain(head.sequence, one) else { throw changed() }
        }
    }

    private func isCertain(_ sequence: UInt64, _ one: SearchGuard) throws -> Bool {
        for batch in underWay {
            if let tokens = batch.tokens(of: sequence) { return one.certain.holds(tokens) }
        }
        guard let part = snapshot.parts.first(where: { ($0.firstSequence...$0.lastSequence).contains(sequence) }) else {
            return false
        }
        let offset = UInt32(sequence - part.firstSequence)
        return try !part.evaluate(one.certain, within: [offset], to: offset).isEmpty
    }

    private func checkDurable() throws {
        for part in snapshot.parts where part.lastSequence > seen {
            var offsets: [UInt32] = []
            for one in guards where one.ids == nil {
                let point = max(one.point, seen)
                guard part.lastSequence > point else { continue }
                guard part.lastSequence - point <= Self.entriesMax else { throw changed() }
                let first = UInt32(max(part.firstSequence, point + 1) - part.firstSequence)
                let last = UInt32(part.lastSequence - part.firstSequence)
                if offsets.first != first { offsets = Array(first...last) }
                for offset in try part.evaluate(one.candidates, within: offsets, to: last) {
                    try checkArrival(part.firstSequence + UInt64(offset), one)
                }
            }
        }
    }

    private func checkArrival(_ sequence: UInt64, _ one: SearchGuard) throws {
        guard try snapshot.isLive(sequence, at: snapshot.lastSequence) else { return }
        guard !one.expected.isEmpty else { throw changed() }
        let entry = try store.blocks.entry(sequence)
        let identity = IdentityToken(type: entry.type, id: entry.id, key: store.keys.identityKey)
        guard one.expected.contains(identity) else { throw changed() }
    }

    private func checkUnderWay() throws {
        let index = GuardIndex(
            guards.enumerated().filter { $0.element.ids == nil }.map { ($0.offset, $0.element.candidates) })
        guard !index.isEmpty else { return }
        for batch in underWay where !index.always.isEmpty || batch.hasAny(of: index.byToken.keys) {
            for (place, write) in batch.writes.enumerated() where batch.sequences[place] != 0 {
                let tokens = batch.tokens[write.tokens]
                for one in index.guards(of: tokens) where !guards[one].expected.contains(write.identity) {
                    if guards[one].candidates.holds(tokens) { throw changed() }
                }
            }
        }
    }
}

/// Finds for an entry the few of many guards that can concern it.
struct GuardIndex {
    private(set) var byToken: [UInt64: [Int]] = [:]
    /// Those of which no token is known that an entry must have.
    private(set) var always: [Int] = []

    /// - Parameter sets: guards by number, each with the set that it looks at.
    init(_ sets: [(number: Int, set: TokenSet)]) {
        for (number, set) in sets {
            guard let tokens = set.anyOf else {
                always.append(number)
                continue
            }
            for token in tokens { byToken[token, default: []].append(number) }
        }
    }

    var isEmpty: Bool { byToken.isEmpty && always.isEmpty }

    /// The guards that an entry with these tokens can concern.
    func guards(of tokens: ArraySlice<UInt64>) -> Set<Int> {
        var found = Set(always)
        for token in tokens {
            if let known = byToken[token] { found.formUnion(known) }
        }
        return found
    }
}
