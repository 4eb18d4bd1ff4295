package import FHIR

/// A search parameter as it is served for one resource type.
package struct PlannedParameter: Sendable {
    package let parameter: SearchParameter
    /// Where its values lie; for a composite nothing.
    package let uses: [PathUse]
    /// The names of the types that its references may point at; empty if any.
    package let targetNames: [String]
    /// For a composite: the place in `TypePlan.composites`.
    package let composite: UInt16?
    /// For a composite: its parts' own parameters.
    package let components: [PlannedParameter]

    /// For `_text` and `_content`, which look at texts instead of values.
    package var textScope: TextScope? { TextScope(rawValue: parameter.code) }

    package var code: String { parameter.code }

    /// The use of a path, if it is one of the parameter's.
    func use(of path: UInt16) -> PathUse? {
        uses.first { $0.path == path }
    }

    /// Whether an entry belongs to it. Entries of composites never do.
    package func includes(_ entry: IndexEntry) -> Bool {
        guard entry.component == 0, let use = use(of: entry.path) else { return false }
        guard let target = use.target else { return true }
        return (entry.kind == .referenceIdentifier ? entry.third : entry.first).equals(target)
    }
}
