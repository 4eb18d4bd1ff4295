internal import Accounts

/// The pages of the second factor.
enum SecondFactorPage {
    private static let code = Form.Field(
        name: "code", label: "Code", autocomplete: "one-time-code", inputMode: "numeric", lengthMax: 64)

    /// Asks for the code.
    static func page(
        hidden: [(name: String, value: String)], next: String, problem: String? = nil
    ) -> Page {
        var field = code
        field.hint = "Six digits from your authenticator app, or one of your recovery codes."
        field.inputMode = ""
        return Page(
            title: "Second factor",
            content: """
                <div class="narrow card">
                <h1>Second factor</h1>
                \(Form.form(
                    action: "/second-factor", fields: [field], hidden: hidden + [("next", next)], button: "Continue",
                    problem: problem))
                \(Form.button("Cancel", action: "/sign-out", hidden: hidden))
                </div>
                """)
    }

    /// Shows the secret and asks for the first code.
    static func enrolment(
        _ enrolment: SecondFactorEnrolment, isRequired: Bool, hidden: [(name: String, value: String)], next: String,
        problem: String? = nil
    ) -> Page {
        let why: HTML = isRequired ? "<p>Your role needs a second factor before anything else.</p>" : .empty
        var field = code
        field.label = "First code"
        field.hint = "Six digits that the app shows now."
        return Page(
            title: "Set up a second factor",
            content: """
                <div class="narrow card">
                <h1>Set up a second factor</h1>
                \(why)
                <ol class="steps">
                <li>Open an authenticator app on your phone and add an account, by this picture or by the key below.
                \(QRCode.image(enrolment.uri, label: "QR code for the authenticator app; the key below is the same"))
                <p><code class="secret">\(grouped(enrolment.secret))</code></p>
                <p><a href="\(enrolment.uri)">Open an app on this device</a></p></li>
                <li>Enter the code that the app shows.</li>
                </ol>
                \(Form.form(
                    action: "/second-factor/setup", fields: [field], hidden: hidden + [("next", next)],
                    button: "Turn on", problem: problem))
                \(Form.button("Sign out", action: "/sign-out", hidden: hidden))
                </div>
                """)
    }

    /// Shows recovery codes, this once.
    static func recoveryCodes(_ codes: [String], next: String) -> Page {
        Page(
            title: "Recovery codes",
            content: """
                <div class="narrow card">
                <h1>Recovery codes</h1>
                <p>Each of them stands in for the second factor once, if you lose your phone. Keep them where
                nobody else finds them: <strong>they are not shown again.</strong></p>
                <ul class="codes">
                \(HTML.joined(codes.map { "<li><code>\($0)</code></li>" }))
                </ul>
                <p><a class="button" href="\(next)">I have kept them</a></p>
                </div>
                """)
    }

    /// `ABCD EFGH …`, easier to type.
    private static func grouped(_ secret: String) -> String {
        let characters = Array(secret)
        return stride(from: 0, to: characters.count, by: 4)
            .map { String(characters[$0..<min($0 + 4, characters.count)]) }.joined(separator: " ")
    }
}
