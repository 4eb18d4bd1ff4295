package import Access
package import Base

/// What an access token stands for, made ready for the requests that bring it.
package final class Admission: Sendable {
    /// What the client was allowed, with the scopes of this token.
    package let grant: Grant
    /// Who asks, as the decision on access takes it.
    package let subject: Subject
    package let issued: Instant
    package let expires: Instant

    init(grant: Grant, issued: Instant, expires: Instant) {
        self.grant = grant
        self.issued = issued
        self.expires = expires
        subject = Subject(grant.facts)
    }

    package var tenant: TenantName { grant.tenant }
}

/// The access tokens that are alive, all in memory: whether a token is good is asked at every request.
final class AccessTokens: @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.
    private let lock = Lock()
    private let countMax: Int
    private var admissions: [TokenHash: Admission] = [:]

    static let characterCount = 43

    init(countMax: Int) {
        self.countMax = countMax
    }

    /// What a token stands for; `nil` if it is none that is alive. Allocates nothing.
    func admission(_ token: String, at now: Instant) -> Admission? {
        guard token.utf8.count == Self.characterCount, let hash = TokenHash(of: token) else {
            return nil
        }
        guard let found = lock.withLock({ admissions[hash] }), found.expires > now else { return nil }
        return found
    }

    /// - Throws: `OAuthError.unavailable` if there are too many.
    func add(_ hash: TokenHash, _ admission: Admission) throws(OAuthError) {
        try lock.withLock { () throws(OAuthError) in
            guard admissions.count < countMax else {
                throw OAuthError(.unavailable, "too many tokens are alive")
            }
            admissions[hash] = admission
        }
    }

    func remove(_ hash: TokenHash) {
        lock.withLock { admissions[hash] = nil }
    }

    func remove(where isGone: (Admission) -> Bool) {
        lock.withLock {
            for (hash, admission) in admissions where isGone(admission) { admissions[hash] = nil }
        }
    }

    var count: Int { lock.withLock { admissions.count } }
}
