/// Pieces of forms: each input has a label, and what is wrong is said before the form and read out first.
enum Form {
    /// One input with its label.
    struct Field {
        var name: String
        var label: String
        var type = "text"
        /// What browsers and password managers fill in.
        var autocomplete: String
        var value = ""
        var hint = ""
        var inputMode = ""
        var lengthMax = 512
    }

    /// A form that is sent to `action`.
    /// - Parameters:
    ///   - hidden: fields that are not shown, such as the session's token.
    ///   - problem: why the last attempt failed.
    static func form(
        action: String, fields: [Field], hidden: [(name: String, value: String)] = [], button: String,
        problem: String? = nil
    ) -> HTML {
        """
        \(problem.map(alert) ?? .empty)
        <form method="post" action="\(action)">
        \(HTML.joined(hidden.map { hiddenInput($0.name, $0.value) }))
        \(HTML.joined(fields.map { input($0, isInvalid: problem != nil) }))
        <button type="submit">\(button)</button>
        </form>
        """
    }

    /// A form of a button alone.
    static func button(
        _ text: String, action: String, hidden: [(name: String, value: String)], describedBy: String? = nil
    ) -> HTML {
        let described: HTML = describedBy.map { " aria-describedby=\"\($0)\"" } ?? .empty
        return """
            <form class="inline" method="post" action="\(action)">
            \(HTML.joined(hidden.map { hiddenInput($0.name, $0.value) }))
            <button class="quiet" type="submit"\(described)>\(text)</button>
            </form>
            """
    }

    /// Something that went wrong; read out at once.
    static func alert(_ text: String) -> HTML {
        "<p class=\"alert\" role=\"alert\">\(text)</p>"
    }

    private static func hiddenInput(_ name: String, _ value: String) -> HTML {
        "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">"
    }

    private static func input(_ field: Field, isInvalid: Bool) -> HTML {
        let hint: HTML =
            field.hint.isEmpty ? .empty : "<span class=\"hint\" id=\"\(field.name)-hint\">\(field.hint)</span>"
        let described: HTML = field.hint.isEmpty ? .empty : " aria-describedby=\"\(field.name)-hint\""
        let mode: HTML = field.inputMode.isEmpty ? .empty : " inputmode=\"\(field.inputMode)\""
        let invalid: HTML = isInvalid ? " aria-invalid=\"true\"" : .empty
        let value: HTML = field.value.isEmpty ? .empty : " value=\"\(field.value)\""
        return """
            <p class="field"><label for="\(field.name)">\(field.label)</label>\(hint)
            <input id="\(field.name)" name="\(field.name)" type="\(field.type)" autocomplete="\(field.autocomplete)" \
            maxlength="\(String(field.lengthMax))" autocapitalize="none" spellcheck="false" \
            required\(mode)\(value)\(described)\(invalid)></p>
            """
    }
}
