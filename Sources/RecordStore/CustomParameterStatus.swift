package import FHIR

/// How a custom search parameter of a tenant stands.
package struct CustomParameterStatus: Sendable {
    package enum State: Sendable, Equatable {
        /// It can be searched.
        case active
        /// What was stored before it is being indexed: how many versions of how many were looked through.
        case reindexing(done: Int, total: Int)
        /// It is not in use; why.
        case unused(String)
    }

    /// The id of the SearchParameter.
    package let id: String
    package let code: String
    package let url: String
    /// The types of resources that it is for, as the SearchParameter names them.
    package let bases: [TypeID]
    package let state: State
    /// What holds the indexing up, if something does; it is tried again.
    package let failure: String?
    /// Versions on which an expression failed since the program was started: the parameter finds nothing of them.
    package let unindexed: Int
}
