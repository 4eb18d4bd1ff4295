/// The page for signing in.
enum SignInPage {
    /// - Parameters:
    ///   - tenant: kept from an attempt or a link; the standard one where it is empty.
    ///   - next: where to go then.
    static func page(tenant: String, name: String = "", next: String, problem: String? = nil) -> Page {
        var hidden = [(name: "next", value: next)]
        if !tenant.isEmpty { hidden.append(("tenant", tenant)) }
        return Page(
            title: "Sign in",
            content: """
                <div class="narrow card">
                <h1>Sign in</h1>
                \(Form.form(
                    action: "/sign-in",
                    fields: [
                        .init(name: "name", label: "E-mail or sign-in name", autocomplete: "username", value: name),
                        .init(
                            name: "password", label: "Password", type: "password", autocomplete: "current-password"),
                    ], hidden: hidden, button: "Sign in", problem: problem))
                <p class="hint"><a href="/forgot-password">Forgot your password?</a></p>
                </div>
                """)
    }
}
