/// A visit as it is being written: who was seen, by whom, and for what.
struct Meeting {
    let visit: Visit
    /// The id of its Encounter.
    let encounter: ResourceID
    /// An index of `CareNetwork.clinicians`.
    let clinician: Int
    /// The Condition that it is about: one on the problem list, or one that this visit adds.
    let diagnosis: (id: ResourceID, concept: Concept)?
}
