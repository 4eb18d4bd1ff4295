internal import Accounts
internal import Audit
internal import HTTP

extension AccountPages {
    /// All account pages.
    package static let routes: [AccountRoute] = signInRoutes + linkRoutes + accountRoutes

    private static let signInRoutes = [
        AccountRoute(.get, "/sign-in", "Sign-in page") { $0.showSignIn($1) },
        AccountRoute(
            .post, "/sign-in", "Sign in by form", event: .init(.authentication, .execute, "login"), hashes: true
        ) { try $0.signIn($1) },
        AccountRoute(.get, "/second-factor", "Page for the code of the second factor", needs: .anySession) {
            $0.showSecondFactor($1)
        },
        AccountRoute(
            .post, "/second-factor", "Give the code by form", needs: .anySession,
            event: .init(.authentication, .execute, "login-second-factor")
        ) { try $0.completeSignIn($1) },
        AccountRoute(
            .get, "/second-factor/setup", "Page for setting a second factor up", needs: .beforeEnrolment,
            event: .init(.configuration, .create, "second-factor-enrol")
        ) { try $0.showEnrolment($1) },
        AccountRoute(
            .post, "/second-factor/setup", "Confirm a second factor by form", needs: .beforeEnrolment,
            event: .init(.configuration, .update, "second-factor-confirm")
        ) { try $0.confirmEnrolment($1) },
    ]

    private static let linkRoutes = [
        AccountRoute(.get, "/forgot-password", "Page for asking for a reset link") { $0.showForgotten($1) },
        AccountRoute(
            .post, "/forgot-password", "Ask for a reset link by form",
            event: .init(.authentication, .execute, "password-reset-request")
        ) { $0.requestReset($1) },
        AccountRoute(.get, "/reset/{token}", "Page for setting a password anew") { try $0.showPassword($1, .reset) },
        AccountRoute(
            .post, "/reset/{token}", "Set a password anew by form",
            event: .init(.authentication, .execute, "password-reset"), hashes: true
        ) { try $0.setPassword($1, .reset) },
        AccountRoute(.get, "/invite/{token}", "Page of an invite") { try $0.showPassword($1, .invite) },
        AccountRoute(
            .post, "/invite/{token}", "Accept an invite by form",
            event: .init(.authentication, .execute, "invite-accept"), hashes: true
        ) { try $0.setPassword($1, .invite) },
        AccountRoute(.get, "/setup/{token}", "Page for making the first admin") { try $0.showSetup($1) },
        AccountRoute(
            .post, "/setup/{token}", "Make the first admin by form",
            event: .init(.configuration, .create, "first-admin"), hashes: true
        ) { try $0.setUp($1) },
    ]

    private static let accountRoutes = [
        AccountRoute(
            .get, "/account", "One's own account", needs: .session,
            event: .init(.authentication, .read, "session-list")
        ) { try $0.showAccount($1) },
        AccountRoute(
            .post, "/account/password", "Change one's password by form", needs: .session,
            event: .init(.configuration, .update, "password-change"), hashes: true
        ) { try $0.changePassword($1) },
        AccountRoute(
            .post, "/account/recovery-codes", "New recovery codes by form", needs: .session,
            event: .init(.configuration, .update, "recovery-codes-renew"), hashes: true
        ) { try $0.renewRecoveryCodes($1) },
        AccountRoute(
            .post, "/account/second-factor/removal", "Remove one's second factor by form", needs: .session,
            event: .init(.configuration, .delete, "second-factor-remove"), hashes: true
        ) { try $0.removeSecondFactor($1) },
        AccountRoute(
            .post, "/account/sessions/{session}/end", "End one of one's sessions by form", needs: .session,
            event: .init(.authentication, .execute, "session-end")
        ) { try $0.endSession($1) },
        AccountRoute(
            .post, "/sign-out", "Sign out by form", needs: .anySession,
            event: .init(.authentication, .execute, "logout")
        ) { try $0.signOut($1) },
        AccountRoute(
            .post, "/sign-out-everywhere", "Sign out everywhere by form", needs: .beforeEnrolment,
            event: .init(.authentication, .execute, "logout-everywhere")
        ) { try $0.signOutEverywhere($1) },
    ]
}
