internal import Accounts

/// The pages that set a password by a link, and ask for such a link.
enum PasswordPage {
    private static let newPassword = Form.Field(
        name: "password", label: "New password", type: "password", autocomplete: "new-password",
        hint: "At least \(PasswordPolicy.scalarsMin) characters. A few words that do not belong together are good.")

    /// Sets a password.
    /// - Parameters:
    ///   - title: what the link is for.
    ///   - name: whose password it is.
    ///   - action: where the form goes: the link itself.
    static func page(_ title: String, name: String, action: String, problem: String?) -> Page {
        Page(
            title: title,
            content: """
                <div class="narrow card">
                <h1>\(title)</h1>
                <p>For <strong>\(name)</strong>.</p>
                \(Form.form(action: action, fields: [newPassword], button: "Set password", problem: problem))
                </div>
                """)
    }

    /// Makes the first admin.
    static func setup(
        tenant: String, action: String, name: String, displayName: String, problem: String?
    ) -> Page {
        Page(
            title: "Set up Martlet",
            content: """
                <div class="narrow card">
                <h1>Set up Martlet</h1>
                <p>This makes the first administrator of <strong>\(tenant)</strong>, who invites everybody else.</p>
                \(Form.form(
                    action: action,
                    fields: [
                        .init(name: "displayName", label: "Your name", autocomplete: "name", value: displayName),
                        .init(name: "name", label: "E-mail or sign-in name", autocomplete: "username", value: name),
                        newPassword,
                    ], button: "Create account", problem: problem))
                </div>
                """)
    }

    /// Asks for a reset link.
    static let forgotten = Page(
        title: "Forgot your password?",
        content: """
            <div class="narrow card">
            <h1>Forgot your password?</h1>
            <p>You get a mail with a link that is good for half an hour. Without a mail address, ask an
            administrator.</p>
            \(Form.form(
                action: "/forgot-password",
                fields: [.init(name: "name", label: "E-mail address", type: "email", autocomplete: "username")],
                button: "Send link"))
            </div>
            """)

    /// The same whether there is such a user or not.
    static let asked = MessagePage.page(
        "Look into your mail",
        "If there is an account with this address, a link is on its way. It is good for half an hour.",
        link: ("Back to sign in", "/sign-in"))
}
