/// How large a query may be.
package struct SearchLimits: Sendable {
    /// Parameters in a query.
    package var parametersMax = 100
    /// Values of all parameters together.
    package var valuesMax = 1_000
    /// Bytes of one parameter's values.
    package var valueBytesMax = 16_384

    package init() {}
}
