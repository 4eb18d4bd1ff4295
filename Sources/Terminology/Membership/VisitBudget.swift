/// How much may still be looked at for one answer.
final class VisitBudget {
    private var left: Int

    init(_ visits: Int) {
        left = visits
    }

    /// - Throws: `TerminologyError.tooCostly` when it is used up.
    func spend(_ visits: Int) throws(TerminologyError) {
        left -= visits
        guard left >= 0 else {
            throw TerminologyError(.tooCostly, "too many codes would have to be looked at")
        }
    }
}
