/// How large a query may be.
package struct SearchLimits: Sendable {
    /// Parameters in a query.
    package var parametersMax = 100
    /// Values of all parameters together.
    package var valuesMax = 1_000
    /// Bytes of one parameter's values.
    package var valueBytesMax = 16_384

    /// References that one chain may lead over.
    package var chainDepthMax = 8
    /// Types that the chains of a query may lead to, all together.
    package var chainTypesMax = 200
    /// Codes of a value set, or below a code, that one value may stand for.
    package var codesMax = 100_000
    /// Conditions in a `_filter`.
    package var filterConditionsMax = 200

    package init() {}
}
