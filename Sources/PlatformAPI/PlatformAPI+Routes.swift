internal import Accounts
internal import Audit
internal import HTTP

extension PlatformAPI {
    /// All that this interface answers.
    package static let routes: [PlatformRoute] =
        sessionRoutes + userRoutes + credentialRoutes + linkRoutes + emergencyRoutes + accessRoutes + settingRoutes

    private static let sessionRoutes = [
        PlatformRoute(
            .post, "/sessions", "Sign in", needs: .none, event: .init(.authentication, .execute, "login"), hashes: true
        ) { try $0.signIn($1) },
        PlatformRoute(
            .get, "/sessions", "One's own sessions", needs: .signedIn,
            event: .init(.authentication, .read, "session-list")
        ) { try $0.listSessions($1) },
        PlatformRoute(
            .get, "/sessions/current", "Who is signed in", needs: .signedIn,
            event: .init(.authentication, .read, "session-read"), readiness: .beforeCode
        ) { try $0.readSession($1) },
        PlatformRoute(
            .post, "/sessions/current/second-factor", "Give the code of the second factor", needs: .signedIn,
            event: .init(.authentication, .execute, "login-second-factor"), readiness: .beforeCode
        ) { try $0.completeSignIn($1) },
        PlatformRoute(
            .delete, "/sessions/current", "Sign out", needs: .signedIn,
            event: .init(.authentication, .execute, "logout"), readiness: .beforeCode
        ) { try $0.signOut($1) },
        PlatformRoute(
            .delete, "/sessions/{session}", "End one of one's sessions", needs: .signedIn,
            event: .init(.authentication, .execute, "session-end")
        ) { try $0.endSession($1) },
        PlatformRoute(
            .delete, "/sessions", "Sign out everywhere", needs: .signedIn,
            event: .init(.authentication, .execute, "logout-everywhere"), readiness: .beforeEnrolment
        ) { try $0.signOutEverywhere($1) },
    ]

    private static let userRoutes = [
        PlatformRoute(
            .get, "/users", "The tenant's users", needs: .admin, event: .init(.configuration, .read, "user-list"),
            takesToken: true
        ) { try $0.listUsers($1) },
        PlatformRoute(
            .post, "/users", "Invite a user", needs: .admin, event: .init(.configuration, .create, "user-create")
        ) { try $0.inviteUser($1) },
        PlatformRoute(
            .get, "/users/{id}", "A user", needs: .selfOrAdmin, event: .init(.configuration, .read, "user-read"),
            takesToken: true
        ) { try $0.readUser($1) },
        PlatformRoute(
            .put, "/users/{id}", "Change a user", needs: .selfOrAdmin,
            event: .init(.configuration, .update, "user-update")
        ) { try $0.updateUser($1) },
        PlatformRoute(
            .delete, "/users/{id}", "Delete a user", needs: .admin,
            event: .init(.configuration, .delete, "user-delete")
        ) { try $0.deleteUser($1) },
    ]

    private static let credentialRoutes = [
        PlatformRoute(
            .post, "/users/{id}/password", "Change one's password, or make a reset link for another",
            needs: .selfOrAdmin, event: .init(.configuration, .update, "password-change"), hashes: true
        ) { try $0.changePassword($1) },
        PlatformRoute(
            .post, "/users/{id}/totp", "Begin to set a second factor up", needs: .ownSession,
            event: .init(.configuration, .create, "second-factor-enrol"), readiness: .beforeEnrolment
        ) { try $0.enrolSecondFactor($1) },
        PlatformRoute(
            .post, "/users/{id}/totp/confirmation", "Confirm a second factor by its first code", needs: .ownSession,
            event: .init(.configuration, .update, "second-factor-confirm"), readiness: .beforeEnrolment
        ) { try $0.confirmSecondFactor($1) },
        PlatformRoute(
            .delete, "/users/{id}/totp", "Remove a second factor", needs: .selfOrAdmin,
            event: .init(.configuration, .delete, "second-factor-remove"), hashes: true
        ) { try $0.removeSecondFactor($1) },
        PlatformRoute(
            .post, "/users/{id}/recovery-codes", "New recovery codes", needs: .ownSession,
            event: .init(.configuration, .update, "recovery-codes-renew"), hashes: true
        ) { try $0.renewRecoveryCodes($1) },
    ]

    private static let linkRoutes = [
        PlatformRoute(
            .post, "/password-resets", "Have a reset link mailed", needs: .none,
            event: .init(.authentication, .execute, "password-reset-request")
        ) { try $0.requestReset($1) },
        PlatformRoute(
            .post, "/password-resets/{token}", "Set a password by a reset link", needs: .none,
            event: .init(.authentication, .execute, "password-reset"), hashes: true
        ) { try $0.acceptLink($1, .reset) },
        PlatformRoute(
            .post, "/invites/{token}", "Set the first password by an invite", needs: .none,
            event: .init(.authentication, .execute, "invite-accept"), hashes: true
        ) { try $0.acceptLink($1, .invite) },
        PlatformRoute(
            .post, "/setup/{token}", "Make a tenant's first admin by its setup link", needs: .none,
            event: .init(.configuration, .create, "first-admin"), hashes: true
        ) { try $0.acceptSetup($1) },
    ]

    private static let emergencyRoutes = [
        PlatformRoute(
            .get, "/patients/{patient}/emergency-access", "Openings of a record in emergencies", needs: .signedIn,
            event: .init(.emergency, .read, "emergency-list")
        ) { try $0.listPatientEmergencies($1) },
        PlatformRoute(
            .post, "/patients/{patient}/emergency-access", "Open a record in an emergency", needs: .clinician,
            event: .init(.emergency, .execute, "emergency-open")
        ) { try $0.openEmergency($1) },
        PlatformRoute(
            .get, "/emergency-access", "All openings in emergencies", needs: .adminOrAuditor,
            event: .init(.emergency, .read, "emergency-list")
        ) { try $0.listEmergencies($1) },
        PlatformRoute(
            .post, "/emergency-access/{grant}/review", "Mark an opening as reviewed", needs: .adminOrAuditor,
            event: .init(.emergency, .update, "emergency-review")
        ) { try $0.reviewEmergency($1) },
    ]

    private static let accessRoutes = [
        PlatformRoute(
            .get, "/patients/{patient}/accesses", "Who looked at a record", needs: .signedIn,
            event: .init(.access, .read, "access-list")
        ) { try $0.listAccesses($1) }
    ]

    private static let settingRoutes = [
        PlatformRoute(
            .get, "/settings/labels", "The rules that label records of sensitive kinds", needs: .admin,
            event: .init(.configuration, .read, "label-rules")
        ) { try $0.readLabelRules($1) },
        PlatformRoute(
            .put, "/settings/labels", "Set the rules that label records of sensitive kinds", needs: .admin,
            event: .init(.configuration, .update, "label-rules"), bodyBytesMax: 1 << 20
        ) { try $0.writeLabelRules($1) },
        PlatformRoute(
            .get, "/settings/security", "What the tenant demands of those who sign in", needs: .admin,
            event: .init(.configuration, .read, "security-settings")
        ) { try $0.readSecuritySettings($1) },
        PlatformRoute(
            .put, "/settings/security", "Set what the tenant demands of those who sign in", needs: .admin,
            event: .init(.configuration, .update, "security-settings")
        ) { try $0.writeSecuritySettings($1) },
    ]
}
