/// What the page shows at which a person lets an app in, or does not.
package struct ConsentFacts: Sendable {
    /// Something that the app asks for and that can be left out.
    package struct Item: Sendable {
        /// The form's value that stands for it.
        package var value: String
        package var words: String

        package init(value: String, words: String) {
            self.value = value
            self.words = words
        }
    }

    package var appName: String
    package var personName: String
    /// Where the person is sent back to.
    package var destination: String
    package var items: [Item]
    /// Whether the id of a patient is asked for.
    package var asksPatient: Bool
    /// The id of the patient that it is about, where that is settled.
    package var patient: String?
    /// What was wrong with the last answer.
    package var problem: String?
    /// Where the form is posted to.
    package var action: String
    package var hidden: [(name: String, value: String)]

    package init(
        appName: String, personName: String, destination: String, items: [Item], asksPatient: Bool, patient: String?,
        problem: String?, action: String, hidden: [(name: String, value: String)]
    ) {
        self.appName = appName
        self.personName = personName
        self.destination = destination
        self.items = items
        self.asksPatient = asksPatient
        self.patient = patient
        self.problem = problem
        self.action = action
        self.hidden = hidden
    }
}
