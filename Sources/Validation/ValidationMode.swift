/// How far what is written is checked before it is stored.
package enum ValidationMode: String, Sendable, CaseIterable {
    /// JSON with a known resource type; nothing else is refused.
    case off
    /// Names, types, cardinalities, formats, required codes.
    case structure
    /// All of R4's rules: invariants, bindings, references, contained resources, and the profiles a resource names.
    case full
}
