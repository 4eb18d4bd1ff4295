/// Numbers units and hands them on.
final class UnitOutlet {
    private let take: (RawUnit) throws -> Void
    private var nextOrdinal: Int
    private let isFixed: Bool

    /// `fixedOrdinal` is the number of all units, where they are parts of one that has it already.
    init(fixedOrdinal: Int? = nil, _ take: @escaping (RawUnit) throws -> Void) {
        self.take = take
        nextOrdinal = fixedOrdinal ?? 0
        isFixed = fixedOrdinal != nil
    }

    /// Hands on a unit; nothing may write to `storage` afterwards.
    func put(
        file: SourceFile, shape: RawUnit.Shape, bundle: BundleContext?, storage: UnitBytes, firstLine: Int = 1,
        offset: UInt64, cuts: [RawUnit.Cut]
    ) throws {
        storage.seal()
        let unit = RawUnit(
            ordinal: nextOrdinal, file: file, shape: shape, bundle: bundle, storage: storage, firstLine: firstLine,
            offset: offset, cuts: cuts)
        if !isFixed { nextOrdinal += 1 }
        try take(unit)
    }
}
