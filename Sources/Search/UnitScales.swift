internal import Base
internal import FHIRPath

/// What units are to their base units, kept from amount to amount. Not thread-safe: one a thread.
struct UnitScales {
    /// What a unit measures and how many of the base units it is.
    struct Scale {
        /// Equal for units of one kind.
        let kind: UInt64
        let factor: Double
    }

    /// The system whose units are converted.
    static let system: StaticString = "http://unitsofmeasure.org"
    private static let keptMax = 4_096
    private let key: SipKey
    private var known: [UInt64: Scale?] = [:]

    init(key: SipKey) {
        self.key = key
    }

    /// `nil` for what is no unit that can be converted.
    mutating func scale(_ code: UnsafeRawBufferPointer) -> Scale? {
        guard !code.isEmpty else { return nil }
        let hash = SipHash.hash64(code, key: key)
        if let found = known[hash] { return found }
        if known.count >= Self.keptMax { known.removeAll() }
        var scale: Scale?
        if let unit = UnitOfMeasure(code: code), var kind = unit.kind {
            let factor = Double(unit.measure.factor.numerator) / Double(unit.measure.factor.denominator)
            let word = kind.withUTF8 { SipHash.hash64(UnsafeRawBufferPointer($0), key: key) }
            if factor.isFinite, factor > 0 { scale = Scale(kind: word, factor: factor) }
        }
        known[hash] = .some(scale)
        return scale
    }
}
