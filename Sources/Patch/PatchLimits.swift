/// What one patch may cost.
package struct PatchLimits: Sendable {
    /// Operations of a patch.
    package var operationsMax = 1_000
    /// Bytes of the result, and of every state on the way to it.
    package var resultBytesMax = 64 << 20
    /// Values of a document: each member, element and scalar counts one.
    package var valuesMax = 2_000_000
    /// How deep objects and arrays may nest.
    package var depthMax = 64
    /// Values that all operations together may look at, compare, copy or write.
    package var stepsMax = 50_000_000

    /// The limits of the platform.
    package init() {}
}

/// Counts what a patch has cost so far.
final class PatchBudget {
    let limits: PatchLimits
    private var stepsLeft: Int

    init(_ limits: PatchLimits) {
        self.limits = limits
        stepsLeft = limits.stepsMax
    }

    func spend(_ steps: Int) throws(PatchError) {
        stepsLeft -= steps
        guard stepsLeft >= 0 else {
            throw PatchError(code: .limit, detail: "the patch takes more than \(limits.stepsMax) steps")
        }
    }
}
