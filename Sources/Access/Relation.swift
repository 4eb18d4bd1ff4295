/// What a subject is to a patient, as far as the records tell. Without any of it the patient's records are out of reach.
package struct Relation: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The subject is the patient.
    package static let own = Relation(rawValue: 1)
    /// The subject cares for the patient as a RelatedPerson.
    package static let related = Relation(rawValue: 2)
    /// The patient is in the subject's care: care team, general practitioner, or the subject made the patient's record.
    package static let care = Relation(rawValue: 4)
    /// A break-glass grant for the patient holds.
    package static let emergency = Relation(rawValue: 8)
}
