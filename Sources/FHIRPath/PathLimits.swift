/// What an expression and its evaluation may cost.
package struct PathLimits: Sendable {
    /// The longest text of an expression, in bytes.
    package var textBytesMax = 16_384
    /// How deep an expression may nest, counting every operator and step of a chain.
    package var depthMax = 150
    /// How many steps an evaluation may take: operators, members visited, items compared.
    package var stepsMax = 20_000_000
    /// How many items may be held at a time.
    package var itemsMax = 2_000_000
    /// How many bytes of text an evaluation may make.
    package var textMadeBytesMax = 64 << 20

    /// The limits of the platform.
    package init() {}
}
