/// How thoroughly resources are validated, and what that may cost.
package struct ValidationOptions: Sendable {
    /// Findings less grave than this are neither looked for nor told.
    package var leastSeverity = ValidationFinding.Severity.information
    /// How many findings a resource gets before the rest is left out.
    package var findingsMax = 500
    /// How many elements are held against profiles for one resource, slices and trials included.
    package var profileChecksMax = 1_000_000
    /// How deep profiles may lead to further profiles.
    package var profileDepthMax = 16
    /// How many resources within one resource (contained, entries, parameters) are looked at.
    package var nestedResourcesMax = 100_000
    /// How many steps the evaluation of one invariant may take.
    package var stepsMax = 20_000_000
    /// How many steps all invariants of a resource, and of what is within it, may take together.
    package var stepsOfAllMax = 100_000_000
    /// Whether a profile that a resource names and nobody knows is an error; else it is a warning.
    package var unknownProfileIsError = false

    package init() {}

    /// What a write needs to know: errors only.
    package static var write: ValidationOptions {
        var options = ValidationOptions()
        options.leastSeverity = .error
        options.findingsMax = 100
        return options
    }
}
