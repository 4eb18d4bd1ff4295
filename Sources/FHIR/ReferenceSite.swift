/// A string of a resource that may name another resource.
package struct ReferenceSite: Hashable, Sendable {
    package enum Kind: Sendable {
        /// `Reference.reference`.
        case reference
        /// A uri, url, oid, uuid or canonical element; `Extension.url` and all elements `system`, which name
        /// vocabularies, left out.
        case uri
    }

    /// The place of the string on the tape.
    package var nodeIndex: Int32
    package var kind: Kind
}
