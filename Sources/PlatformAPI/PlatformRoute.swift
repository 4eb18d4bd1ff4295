package import Audit
package import HTTP

/// One method on one path of this interface: who may use it, how it is audited, and what answers it.
package struct PlatformRoute: Sendable {
    /// What a request must bring.
    package enum Need: Hashable, Sendable, CaseIterable {
        /// Nothing: it is for those who cannot sign in yet.
        case none
        /// A session, of any role.
        case signedIn
        /// A session of the user that the path names as `id`, or of an admin.
        case selfOrAdmin
        /// A session of the user that the path names as `id`.
        case ownSession
        case admin
        case adminOrAuditor
        /// A session of a clinician.
        case clinician
    }

    /// What may still be due of a session that uses it.
    package enum Readiness: Hashable, Sendable {
        /// The second factor was given, and set up where the role needs one.
        case whole
        /// It may yet have to be set up.
        case beforeEnrolment
        /// Its code may yet have to be given.
        case beforeCode
    }

    package let method: HTTPMethod
    /// The whole path, as a pattern of `Router`.
    package let path: String
    package let summary: String
    package let needs: Need
    package let readiness: Readiness
    /// Whether a client's token opens it too; where not, a person's own session alone does.
    package let takesToken: Bool
    /// How a request is written in the audit trail.
    package let event: AuditEntry.Event
    /// Whether it hashes a password, which runs on threads of its own.
    let hashes: Bool
    /// The largest body that it takes.
    let bodyBytesMax: Int
    let body: @Sendable (PlatformAPI, PlatformCall) throws -> PlatformAnswer

    init(
        _ method: HTTPMethod, _ path: String, _ summary: String, needs: Need, event: AuditEntry.Event,
        readiness: Readiness = .whole, takesToken: Bool = false, hashes: Bool = false, bodyBytesMax: Int = 64 << 10,
        _ body: @escaping @Sendable (PlatformAPI, PlatformCall) throws -> PlatformAnswer
    ) {
        self.method = method
        self.path = PlatformAPI.root + path
        self.summary = summary
        self.needs = needs
        self.event = event
        self.readiness = readiness
        self.takesToken = takesToken
        self.hashes = hashes
        self.bodyBytesMax = bodyBytesMax
        self.body = body
    }

    /// Whether the path holds a secret, which no log may have.
    var holdsSecret: Bool { path.contains("{token}") }
}
