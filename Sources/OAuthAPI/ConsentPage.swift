internal import Access
internal import HTTP

/// What the page shows at which a person allows or denies. Everything in it is text that is yet to be escaped.
package struct ConsentPage: Sendable {
    /// One scope that can be left out.
    package struct Item: Sendable {
        /// The value of the field `scope_granted` that stands for it.
        package var scope: String
        /// The same in words.
        package var words: String
    }

    package var clientName: String
    /// Who is signed in.
    package var personName: String
    /// Where the person is sent back to: `https://app.example`.
    package var destination: String
    package var items: [Item]
    /// Whether a field `patient` for the id of a patient is needed.
    package var asksPatient: Bool
    /// The id of the patient that it is about, where that is settled.
    package var patient: String?
    /// What was wrong with the last answer, to be shown above the form.
    package var problem: String?
    /// Where the form is posted to, with `decision` of `allow` or `deny`.
    package var action: String
    /// The form's hidden fields, the one against forged requests among them.
    package var hidden: [(name: String, value: String)]
}

extension ConsentPage {
    /// A scope in words.
    static func words(_ scope: SMARTScope) -> String {
        let verbs: [(SMARTPermissions, String)] = [
            (.read, "read"), (.search, "search"), (.create, "create"), (.update, "change"), (.delete, "delete"),
        ]
        let allowed = verbs.filter { scope.permissions.contains($0.0) }.map(\.1).joined(separator: ", ")
        let whose = scope.context == .patient ? "of the patient" : "that you may see"
        let limit = scope.criteria.map { ", where " + (PercentEncoding.decode($0) ?? $0) } ?? ""
        return "\(allowed): \(scope.type ?? "all records") \(whose)\(limit)"
    }

    /// A scope without clinical data in words.
    static func words(_ scope: String) -> String {
        switch scope {
        case "openid": "know that it is you"
        case "fhirUser": "know which person of the records you are"
        case "launch", "launch/patient": "know which patient it is about"
        case "online_access": "go on for as long as you work"
        case "offline_access": "go on when you are not there"
        default: scope
        }
    }
}
