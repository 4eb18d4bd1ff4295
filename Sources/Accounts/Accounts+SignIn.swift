package import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// What somebody brings to sign in.
package struct SignInAttempt: Sendable {
    package var tenant: String
    package var name: String
    package var password: String
    /// The code of the second factor, or a recovery code, where it is brought at once.
    package var code: String?
    /// Where it comes from.
    package var address: String
    /// How the client calls itself.
    package var agent: String
    /// The secret of a browser that the user signed in with before.
    package var device: SecretToken?

    package init(
        tenant: String, name: String, password: String, code: String? = nil, address: String, agent: String = "",
        device: SecretToken? = nil
    ) {
        self.tenant = tenant
        self.name = name
        self.password = password
        self.code = code
        self.address = address
        self.agent = agent
        self.device = device
    }
}

/// A session that was begun or got a new secret.
package struct Admission: Sendable {
    package var secret: SecretToken
    package var signedIn: SignedIn
    /// A browser's new secret, by which it is known from now on; `nil` where it is known or not all is done yet.
    package var device: SecretToken?
}

/// How an attempt to sign in ended.
package enum SignInOutcome: Sendable {
    case admitted(Admission)
    /// Refused, in words that tell nothing of whether tenant and user exist; `user` is for the audit trail alone.
    case refused(AccountsError, tenant: TenantName?, user: UserID?)
}

extension Accounts {
    private static let agentScalarsMax = 200

    /// Signs somebody in: password, and the second factor if it is brought along. Hashes: for `hashThreads`.
    package func signIn(_ attempt: SignInAttempt) throws -> SignInOutcome {
        let now = clock.now()
        let known = TenantName(attempt.tenant).flatMap { self.known($0) }
        let isOpen = known?.tenant.isDisabled == false
        let tenant = isOpen ? known ?? decoyTenant : decoyTenant
        let name = LoginName(attempt.name)
        let row = try name.flatMap { name in try database.read { try UserRow.find(name, tenant, $0) } }
        let who = row?.user.id
        let subjects = try subjects(
            of: name?.text ?? attempt.name, user: who, tenant, tenantText: attempt.tenant, address: attempt.address,
            device: attempt.device)
        if case .wait(let seconds) = withThrottle({ $0.admit(subjects, at: now) }) {
            return .refused(Self.tooMany(seconds), tenant: known?.tenant.name, user: who)
        }
        try lookAt([AccountsTable.users])
        let password = PasswordPolicy.normalized(attempt.password) ?? []
        let matches = try PasswordHash.matches(password, row?.passwordHash ?? decoyPasswordHash)
        guard matches, let row, row.passwordHash != nil, row.user.state == .active else {
            return try refuse(subjects, tenant: known?.tenant.name, user: who)
        }
        guard row.user.hasSecondFactor, attempt.code == nil else {
            return try admit(row, tenant, attempt, subjects, password)
        }
        // The attempt neither failed nor succeeded yet.
        withThrottle { $0.retract(subjects, at: now) }
        return try begin(row, tenant, attempt, due: .code, subjects: [])
    }

    /// Takes the code of the second factor for a session that waits for it. The session gets a new secret.
    package func completeSignIn(
        _ secret: SecretToken, code: String, address: String, device: SecretToken?
    ) throws -> SignInOutcome {
        let now = clock.now()
        guard let signedIn = sessions.find(secret, at: now), signedIn.due == .code else {
            return .refused(Self.wrong, tenant: nil, user: nil)
        }
        let tenant = try record(signedIn.tenant)
        guard let row = try database.read({ try UserRow.find(signedIn.user, tenant, $0) }) else {
            return .refused(Self.wrong, tenant: signedIn.tenant, user: nil)
        }
        let subjects = try subjects(
            of: row.user.profile.name.text, user: row.user.id, tenant, tenantText: signedIn.tenant.description,
            address: address, device: device)
        if case .wait(let seconds) = withThrottle({ $0.admit(subjects, at: now) }) {
            return .refused(Self.tooMany(seconds), tenant: signedIn.tenant, user: signedIn.user)
        }
        try lookAt([AccountsTable.users, AccountsTable.recoveryCodes])
        let isRight = try change {
            try useCode(code, of: signedIn.user, tenant, $0, at: now)
        } then: { _ in
        }
        guard isRight else { return try refuse(subjects, tenant: signedIn.tenant, user: signedIn.user) }
        try delete(surplus(of: tenant.key(signedIn.user), waitsForCode: false, at: now))
        guard let rotated = try rotate(secret, due: .nothing) else {
            return .refused(Self.wrong, tenant: signedIn.tenant, user: signedIn.user)
        }
        var admission = rotated
        admission.device = try remember(device, address: address, of: signedIn.user, tenant)
        try forgive(subjects, at: now)
        return .admitted(admission)
    }

    /// Ends one session of a user by its public id.
    /// - Throws: `AccountsError.notFound`.
    package func endSession(_ id: String, of user: UserID, tenant: TenantName) throws {
        let owner = try record(tenant).key(user)
        let found = sessions.list(owner, at: clock.now()).first { $0.entry.id == id }
        guard let found else { throw AccountsError(.notFound, "There is no such session.") }
        try delete([found.hash])
    }

    /// Ends a session if it is still there.
    package func endSession(_ session: SignedIn) throws {
        do {
            try endSession(session.session, of: session.user, tenant: session.tenant)
        } catch let error as AccountsError {
            // Over already, which is all that was wanted.
            guard error.code == .notFound else { throw error }
        }
    }

    /// Ends the session that a browser had before it began another, so that none is carried over. If that fails the
    /// new one does not stay either.
    package func endSession(_ old: SignedIn, replacedBy new: SignedIn) throws {
        do {
            try endSession(old)
        } catch {
            do {
                try endSession(new)
            } catch let second {
                report(second)
            }
            throw error
        }
    }

    /// Ends all sessions of a user.
    package func endSessions(of user: UserID, tenant: TenantName) throws {
        let tenant = try record(tenant)
        try change {
            try deleteSessions(of: user, tenant, $0)
        } then: { _ in
            sessions.removeAll(of: tenant.key(user))
        }
    }

    /// A user's sessions, oldest first.
    package func sessionList(of user: UserID, tenant: TenantName, current: String?) throws -> [SessionFacts] {
        sessions.list(try record(tenant).key(user), at: clock.now()).map { _, entry in
            SessionFacts(
                id: entry.id, created: entry.created, seen: entry.seen, address: entry.address, agent: entry.agent,
                isCurrent: entry.id == current)
        }
    }

    // MARK: Steps

    /// Makes sure, as far as that takes no longer than a hash, that rows which are about to decide are not those of before.
    func lookAt(_ tables: [MarkedTable]) throws {
        try rows.look(at: tables, rowsMax: Self.lookedAtMax)
    }

    private static let lookedAtMax: UInt64 = 20_000

    private func admit(
        _ row: UserRow, _ tenant: TenantRecord, _ attempt: SignInAttempt, _ subjects: [SignInThrottle.Subject],
        _ password: [UInt8]
    ) throws -> SignInOutcome {
        let now = clock.now()
        let user = row.user
        if user.hasSecondFactor {
            let isRight = try change { connection in
                try useCode(attempt.code ?? "", of: user.id, tenant, connection, at: now)
            } then: { _ in
            }
            guard isRight else { return try refuse(subjects, tenant: tenant.tenant.name, user: user.id) }
        }
        var row = row
        if let hash = row.passwordHash, !PasswordHash.isOf(options.passwordCost, hash) {
            row.passwordHash = try PasswordHash.make(password, cost: options.passwordCost)
        }
        let isDue = !user.hasSecondFactor && securitySettings(tenant).secondFactorRoles.contains(user.profile.role)
        return try begin(row, tenant, attempt, due: isDue ? .enrolment : .nothing, subjects: subjects)
    }

    /// Begins a session, unless the user was changed meanwhile.
    private func begin(
        _ row: UserRow, _ tenant: TenantRecord, _ attempt: SignInAttempt, due: SignedIn.Due,
        subjects: [SignInThrottle.Subject]
    ) throws -> SignInOutcome {
        let now = clock.now()
        let secret = try SecretToken.random()
        let csrfToken = try secret.csrfToken()
        let user = row.user
        let key = tenant.key(user.id)
        let agent = String(String.UnicodeScalarView(attempt.agent.unicodeScalars.prefix(Self.agentScalarsMax)))
        let id = try UserID.random().description
        let signedIn = SignedIn(
            tenant: tenant.tenant.name, user: user.id, subject: Subject(facts(of: user, tenant, session: id, at: now)),
            displayName: user.profile.displayName, session: id, csrfToken: csrfToken, due: due)
        let entry = SessionEntry(
            id: id, owner: key, tenant: tenant.tenant.name, created: now, seen: now, savedSeen: now, due: due,
            address: attempt.address, agent: agent, signedIn: signedIn)
        let isBegun = try change { connection -> [SecretHash]? in
            guard var present = try UserRow.find(user.id, tenant, connection), present.user == user else { return nil }
            if present.passwordHash != row.passwordHash {
                present.passwordHash = row.passwordHash
                try present.update(tenant, connection)
            }
            let old = surplus(of: key, waitsForCode: due == .code, at: now)
            for hash in old {
                try connection.delete(AccountsTable.sessions, where: "secret_hash = $1", [.blob(hash.bytes)])
            }
            try insert(entry, secret.hash, tenant, connection)
            return old
        } then: { old in
            guard let old else { return }
            sessions.remove(old)
            sessions.insert(secret.hash, entry)
        }
        guard isBegun != nil else { return try refuse(subjects, tenant: tenant.tenant.name, user: user.id) }
        guard due != .code else { return .admitted(Admission(secret: secret, signedIn: signedIn, device: nil)) }
        let device = try remember(attempt.device, address: attempt.address, of: user.id, tenant)
        try forgive(subjects, at: now)
        return .admitted(Admission(secret: secret, signedIn: signedIn, device: device))
    }

    /// The oldest sessions of a user, which end when one more begins. Those that wait for a code push out only each
    /// other: who knows the password alone ends no session of the user.
    private func surplus(of owner: UserKey, waitsForCode: Bool, at now: Instant) -> [SecretHash] {
        sessions.list(owner, at: now).filter { ($0.entry.due == .code) == waitsForCode }
            .dropLast(options.sessionsPerUserMax - 1).map(\.hash)
    }

    /// What authority a user's session has.
    func facts(of user: User, _ tenant: TenantRecord, session: String, at now: Instant) -> Subject.Facts {
        var facts = Subject.Facts(account: user.id.account, role: user.profile.role)
        facts.fhirUser = user.profile.fhirUser
        facts.organizations = user.profile.organizations
        facts.session = session
        facts.emergencies = withEmergencies { $0.open(tenant.key(user.id), at: now) }
        return facts
    }

    private func refuse(
        _ subjects: [SignInThrottle.Subject], tenant: TenantName?, user: UserID?
    ) throws -> SignInOutcome {
        try saveFailures(subjects)
        return .refused(Self.wrong, tenant: tenant, user: user)
    }

    private static let wrong = AccountsError(.wrongSecret, "Name, password or code is wrong.")

    static func tooMany(_ seconds: Int) -> AccountsError {
        AccountsError(.tooManyAttempts(retryAfterSeconds: seconds), "Too many attempts. Try again later.")
    }
}
