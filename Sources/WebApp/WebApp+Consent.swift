extension WebApp {
    /// The document of the page at which a person lets an app in, or does not.
    package func consent(_ facts: ConsentFacts) -> [UInt8] {
        layout.html(ConsentView.page(facts), path: facts.action)
    }
}

/// The page at which a person lets an app in: who asks, what for, and where the person goes from here.
enum ConsentView {
    static func page(_ facts: ConsentFacts) -> Page {
        Page(
            title: "Allow access",
            content: """
                <h1>Allow \(facts.appName) to see records?</h1>
                <p class="lead">You are signed in as \(facts.personName). Only go on if you came here from this app.</p>
                \(facts.problem.map(problem) ?? .empty)
                <form class="card" method="post" action="\(facts.action)">
                \(HTML.joined(facts.hidden.map(hidden)))
                <fieldset>
                <legend>It asks to</legend>
                \(HTML.joined(facts.items.enumerated().map(item)))
                </fieldset>
                \(patient(facts))
                <p class="hint">What you allow can be taken back under Account. You will be sent to
                <strong>\(facts.destination)</strong>.</p>
                <p>
                <button type="submit" name="decision" value="allow">Allow</button>
                <button type="submit" name="decision" value="deny" class="quiet" formnovalidate>Do not allow</button>
                </p>
                </form>
                """)
    }

    private static func problem(_ text: String) -> HTML {
        "<p class=\"bad\" role=\"alert\">\(text)</p>"
    }

    private static func hidden(_ field: (name: String, value: String)) -> HTML {
        "<input type=\"hidden\" name=\"\(field.name)\" value=\"\(field.value)\">"
    }

    private static func item(_ place: Int, _ item: ConsentFacts.Item) -> HTML {
        """
        <p><label for="scope-\(String(place))"><input type="checkbox" id="scope-\(String(place))" name="scope_granted" \
        value="\(item.value)" checked> \(item.words)</label></p>
        """
    }

    private static func patient(_ facts: ConsentFacts) -> HTML {
        if facts.asksPatient {
            return """
                <p><label for="patient">Id of the patient it is about</label>
                <input id="patient" name="patient" required maxlength="64" autocomplete="off"></p>
                """
        }
        guard let patient = facts.patient else { return .empty }
        return "<p>It is about the patient with the id <strong>\(patient)</strong>.</p>"
    }
}
