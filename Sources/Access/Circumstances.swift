package import Base

/// What holds besides the subject and the record, when something is decided.
package struct Circumstances: Sendable {
    package var now: Instant
    /// What the subject is to patients, by their ids; those to whom it is nothing are left out.
    package var relations: [String: Relation] = [:]
    /// What patients' Consents say, by the patients' ids.
    package var restrictions: [String: [Restriction]] = [:]
    /// `Type/id` by which rules know the subject: the person, the organisations, the care teams and roles.
    package var names: Set<String> = []
    /// Those scopes with criteria of the subject's token that the record satisfies.
    package var satisfied: Set<SMARTScope> = []

    package init(now: Instant) {
        self.now = now
    }
}
