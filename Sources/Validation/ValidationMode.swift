/// How far what is written is checked before it is stored.
package enum ValidationMode: String, Sendable, CaseIterable {
    /// JSON with a known resource type, here and in what it contains; only what nests too deep is refused besides.
    case off
    /// Names, types, cardinalities, formats, required codes.
    case structure
    /// All of R4's rules: invariants, bindings, references, contained resources, and the profiles a resource names.
    case full
}
