/// How much one question about codes may cost.
package struct TerminologyLimits: Sendable {
    /// How many concepts an expansion may have when nobody asks for a page of it.
    package var expansionCodesMax = 20_000
    /// How many concepts are looked at for one answer.
    package var visitedCodesMax = 2_000_000
    /// How many concepts a page of an expansion may have.
    package var pageCodesMax = 20_000
    /// How deep value sets may import one another.
    package var importDepthMax = 32
    /// How many value sets one value set may import, those of its imports included.
    package var importsMax = 1_000
    /// How large a stored definition may be, in bytes of JSON.
    package var definitionBytesMax = 256 << 20
    /// How much memory the definitions read from the source, and the value sets made ready, may take together, in bytes.
    package var cacheBytesMax = 128 << 20

    package init() {}
}
