internal import Access
internal import Base

/// All sessions, in memory: what a request needs of its session is found without the database.
///
/// The database's rows are the owner's to write, before it changes this table.
final class SessionTable: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let options: AccountsOptions
    private var entries: [SecretHash: SessionEntry] = [:]
    private var hashesByOwner: [UserKey: [SecretHash]] = [:]

    init(options: AccountsOptions) {
        self.options = options
    }

    /// The session of a secret, which counts as used now.
    func find(_ secret: SecretToken, at now: Instant) -> SignedIn? {
        let hash = secret.hash
        return lock.withLock {
            guard var entry = entries[hash] else { return nil }
            guard isAlive(entry, at: now) else {
                remove(hash)
                return nil
            }
            if entry.signedIn.csrfToken == nil {
                guard let token = try? secret.csrfToken() else { return nil }
                entry.signedIn.csrfToken = token
                entries[hash] = entry
            }
            if now > entry.seen { entries[hash]?.seen = now }
            return entry.signedIn
        }
    }

    func insert(_ hash: SecretHash, _ entry: SessionEntry) {
        lock.withLock {
            entries[hash] = entry
            hashesByOwner[entry.owner, default: []].append(hash)
        }
    }

    /// Puts a session under another secret; whoever knows the old one knows nothing.
    func replace(_ hash: SecretHash, by other: SecretHash, due: SignedIn.Due, csrfToken: String) -> SignedIn? {
        lock.withLock {
            guard var entry = entries[hash] else { return nil }
            remove(hash)
            entry.due = due
            entry.signedIn.due = due
            entry.signedIn.csrfToken = csrfToken
            entries[other] = entry
            hashesByOwner[entry.owner, default: []].append(other)
            return entry.signedIn
        }
    }

    func remove(_ hashes: [SecretHash]) {
        lock.withLock {
            for hash in hashes { remove(hash) }
        }
    }

    /// Ends all sessions of a user, but perhaps one.
    func removeAll(of owner: UserKey, except kept: SecretHash? = nil) {
        lock.withLock {
            for hash in hashesByOwner[owner] ?? [] where hash != kept { remove(hash) }
        }
    }

    func removeAll(ofTenant tenant: Int64) {
        lock.withLock {
            for (owner, hashes) in hashesByOwner where owner.tenant == tenant {
                for hash in hashes { remove(hash) }
            }
        }
    }

    /// Gives the sessions of a user what is known of them now.
    func refresh(_ owner: UserKey, _ change: (inout Subject.Facts, inout String) -> Void) {
        lock.withLock {
            for hash in hashesByOwner[owner] ?? [] {
                guard var signedIn = entries[hash]?.signedIn else { continue }
                var facts = signedIn.subject.facts
                change(&facts, &signedIn.displayName)
                signedIn.subject = Subject(facts)
                entries[hash]?.signedIn = signedIn
            }
        }
    }

    /// Says what is due of all sessions of a user.
    func setDue(_ due: SignedIn.Due, of owner: UserKey) {
        lock.withLock {
            for hash in hashesByOwner[owner] ?? [] {
                entries[hash]?.due = due
                entries[hash]?.signedIn.due = due
            }
        }
    }

    /// The users of a tenant who have sessions.
    func owners(ofTenant tenant: Int64) -> [UserKey] {
        lock.withLock { hashesByOwner.keys.filter { $0.tenant == tenant } }
    }

    /// The hashes of a user's sessions that are alive, oldest first, with what is known of them.
    func list(_ owner: UserKey, at now: Instant) -> [(hash: SecretHash, entry: SessionEntry)] {
        lock.withLock {
            (hashesByOwner[owner] ?? []).compactMap { hash in
                guard let entry = entries[hash], isAlive(entry, at: now) else { return nil }
                return (hash, entry)
            }.sorted { ($0.entry.created, $0.entry.id) < ($1.entry.created, $1.entry.id) }
        }
    }

    /// What the database has yet to learn: sessions that are over, and when others were last used.
    func takeChanges(at now: Instant) -> (over: [SecretHash], seen: [(hash: SecretHash, at: Instant)]) {
        lock.withLock {
            let over = entries.filter { !isAlive($0.value, at: now) }.map(\.key)
            for hash in over { remove(hash) }
            var seen: [(hash: SecretHash, at: Instant)] = []
            for (hash, entry) in entries where entry.seen > entry.savedSeen {
                seen.append((hash, entry.seen))
                entries[hash]?.savedSeen = entry.seen
            }
            return (over, seen)
        }
    }

    var count: Int { lock.withLock { entries.count } }

    func isAlive(_ entry: SessionEntry, at now: Instant) -> Bool {
        let absolute = entry.due == .code ? options.secondFactorSeconds : options.absoluteSeconds
        return now <= entry.seen.advanced(bySeconds: options.idleSeconds)
            && now <= entry.created.advanced(bySeconds: absolute)
    }

    private func remove(_ hash: SecretHash) {
        guard let entry = entries.removeValue(forKey: hash) else { return }
        hashesByOwner[entry.owner]?.removeAll { $0 == hash }
        if hashesByOwner[entry.owner]?.isEmpty == true { hashesByOwner[entry.owner] = nil }
    }
}
