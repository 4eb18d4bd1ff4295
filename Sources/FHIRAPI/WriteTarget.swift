internal import FHIR
internal import RecordStore

/// What a write is about: which resource, and what must hold when it happens.
struct WriteTarget {
    /// The criteria that led here and what they found.
    struct Search {
        let criteria: Criteria
        let found: Criteria.Found
    }

    let type: TypeID
    let typeName: String
    let id: String
    var precondition = Precondition.none
    /// Whether the client demanded the precondition: its failure is then 412.
    var isDemanded = false
    /// Whether the precondition is the server's own, so that the interaction is done again where it fails.
    var isRetried = false
    /// The version that is there; looked up only where the interaction needs it.
    var present: StoredResource?
    var search: Search?

    /// `Type/id`.
    var reference: String { typeName + "/" + id }
}
