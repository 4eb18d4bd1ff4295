/// An include or exclude of a value set: codes of one system, chosen by list or by filters, that are in all the value
/// sets imported besides.
struct ValueSetPart: Sendable {
    /// The code system's URI; empty if the part only imports value sets.
    var system = ""
    var version: String?
    /// The concepts listed; none if filters choose, or everything is meant.
    var listed: ListedConcepts?
    var filters: [ValueSetFilter] = []
    /// Canonical addresses.
    var valueSets: [String] = []
}
