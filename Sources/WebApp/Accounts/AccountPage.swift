internal import Access
internal import Accounts
internal import Base

/// The page of one's own account.
enum AccountPage {
    static func page(
        _ user: User, sessions: [SessionFacts], hidden: [(name: String, value: String)], problem: String? = nil
    ) -> Page {
        Page(
            title: "Your account",
            content: """
                <h1>\(user.profile.displayName)</h1>
                <p class="lead">\(user.profile.name.text) · \(user.profile.role.rawValue)</p>
                \(problem.map(Form.alert) ?? .empty)
                <section class="card" aria-labelledby="sessions">
                <h2 id="sessions">Where you are signed in</h2>
                <ul class="sessions">
                \(HTML.joined(sessions.map { item($0, hidden) }))
                </ul>
                \(Form.button("Sign out everywhere", action: "/sign-out-everywhere", hidden: hidden))
                \(Form.button("Sign out here", action: "/sign-out", hidden: hidden))
                </section>
                <section class="card" aria-labelledby="password-title">
                <h2 id="password-title">Password</h2>
                \(Form.form(
                    action: "/account/password",
                    fields: [
                        .init(
                            name: "present", label: "Present password", type: "password",
                            autocomplete: "current-password"),
                        .init(
                            name: "new", label: "New password", type: "password", autocomplete: "new-password",
                            hint: "At least \(PasswordPolicy.scalarsMin) characters."),
                    ], hidden: hidden, button: "Change password"))
                </section>
                <section class="card" aria-labelledby="factor">
                <h2 id="factor">Second factor</h2>
                \(user.hasSecondFactor ? present(hidden) : absent)
                </section>
                """)
    }

    private static let absent: HTML = """
        <p>With a second factor a stolen password opens nothing.</p>
        <p><a class="button" href="/second-factor/setup">Set up a second factor</a></p>
        """

    private static func present(_ hidden: [(name: String, value: String)]) -> HTML {
        """
        <p>On: signing in needs a code of your authenticator app.</p>
        <details><summary>New recovery codes</summary>
        \(Form.form(
            action: "/account/recovery-codes",
            fields: [
                .init(
                    name: "password", label: "Password for new codes", type: "password",
                    autocomplete: "current-password")
            ], hidden: hidden, button: "Make new codes"))
        </details>
        <details><summary>Turn it off</summary>
        \(removal(hidden))
        </details>
        """
    }

    private static func removal(_ hidden: [(name: String, value: String)]) -> HTML {
        // An id of its own, for two inputs of a page must not share one.
        """
        <form method="post" action="/account/second-factor/removal">
        \(HTML.joined(hidden.map { "<input type=\"hidden\" name=\"\($0.name)\" value=\"\($0.value)\">" }))
        <p class="field"><label for="removal-password">Password for turning it off</label>
        <input id="removal-password" name="password" type="password" autocomplete="current-password" required></p>
        <button type="submit">Turn off</button>
        </form>
        """
    }

    private static func item(_ session: SessionFacts, _ hidden: [(name: String, value: String)]) -> HTML {
        let place = session.address.isEmpty ? "this machine" : session.address
        let agent = session.agent.isEmpty ? "an unnamed client" : session.agent
        let action: HTML =
            session.isCurrent
            ? "<strong>this one</strong>"
            : Form.button(
                "End", action: "/account/sessions/\(session.id)/end", hidden: hidden, describedBy: session.id)
        return """
            <li><span id="\(session.id)">\(agent), from \(place), last used \(StatusPage.time(session.seen))</span>
            \(action)</li>
            """
    }
}
