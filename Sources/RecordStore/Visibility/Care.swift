internal import Access
internal import Base

/// What the records say of who a subject is and for whom it cares.
struct Care: Equatable, Sendable {
    /// By the patients' ids; without emergencies, which the subject itself brings along.
    var relations: [String: Relation] = [:]
    /// `Type/id` by which Consents know the subject.
    var names: Set<String> = []
    /// When it must be read anew at the latest, as a period begins or ends.
    var nextChange: Instant?

    mutating func add(_ relation: Relation, to patient: String) {
        relations[patient, default: []].insert(relation)
    }

    mutating func note(_ moment: Instant) {
        nextChange = nextChange.map { min($0, moment) } ?? moment
    }
}
