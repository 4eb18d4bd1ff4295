/// How much one question about codes may cost.
package struct TerminologyLimits: Sendable {
    /// How many concepts an expansion may have when nobody asks for a page of it.
    package var expansionCodesMax = 20_000
    /// How much is looked at for one answer: concepts, and for each the parts of value sets that decide on it.
    package var visitsMax = 10_000_000
    /// How many concepts the filters of one value set may go through together.
    package var filteredCodesMax = 20_000_000
    /// How many concepts a page of an expansion may have.
    package var pageCodesMax = 20_000
    /// How deep value sets may import one another.
    package var importDepthMax = 32
    /// How many value sets the parts of one value set may import together.
    package var importsMax = 1_000
    /// How many includes and excludes one value set may have.
    package var partsMax = 20_000
    /// How many includes and excludes may have to be looked at to decide on one code, those of imports included.
    package var decisionsMax = 50_000
    /// How large a stored definition may be, in bytes of JSON.
    package var definitionBytesMax = 256 << 20
    /// How much memory the definitions read from the source, and the value sets made ready, may take together, in bytes.
    package var cacheBytesMax = 128 << 20

    package init() {}
}
