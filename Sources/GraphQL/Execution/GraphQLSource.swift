package import Base
package import FHIR

/// Where resources come from: what the executor asks of a server. Used by one thread at a time.
///
/// All answers within one request should show the records at one moment.
/// Errors that are `GraphQLError`s are told at the field that asked; every other one ends the execution.
package protocol GraphQLSource: AnyObject {
    /// Writes the newest version of a resource as JSON.
    /// - Returns: whether there is one that is not deleted.
    func read(_ type: TypeID, id: String, into writer: ByteWriter) throws -> Bool

    /// Makes a search.
    func search(_ search: GraphQLSearch) throws -> GraphQLPage

    /// The type and id that a reference of this server names; `nil` for those of others.
    /// - Parameter reference: UTF-8.
    func target(of reference: UnsafeRawBufferPointer) -> (type: TypeID, id: String)?
}

/// A search that a field asks for.
package struct GraphQLSearch: Sendable {
    /// The type that is searched.
    package var type: TypeID
    /// Codes of search parameters, `_sort` and `_filter` among them, and their values as in a FHIR search: `,` between
    /// alternatives, escaped by `\`.
    package var parameters: [(name: String, value: String)] = []
    /// How many matches are wanted at most.
    package var count: Int
    /// What an earlier page gave as one of its cursors.
    package var cursor: String?
    /// Whether the number of all matches is wanted.
    package var needsTotal = false
    /// Whether the cursors of the neighbouring pages are wanted, and of the last one, which may cost more.
    package var needsCursors = false
    package var needsLast = false
}

/// What a search found.
package struct GraphQLPage {
    /// How many matches are on the page.
    package var count: Int
    /// Writes a match as JSON, by its place on the page.
    package var write: (Int, ByteWriter) -> Void
    /// How many matches there are in all; `nil` if not known.
    package var total: Int?
    /// How many matches lie before the page.
    package var offset: Int
    /// How many matches a page has at most.
    package var size: Int
    /// Whether there are matches behind the page.
    package var hasMore: Bool
    /// Cursors of other pages; `nil` where there is none.
    package var first: String?
    package var previous: String?
    package var next: String?
    package var last: String?

    /// A page without neighbours.
    package init(count: Int, write: @escaping (Int, ByteWriter) -> Void) {
        self.count = count
        self.write = write
        offset = 0
        size = count
        hasMore = false
    }
}
