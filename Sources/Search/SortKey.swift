/// A resource's value of a parameter that results are sorted by, in a form whose bytes compare as the values do.
/// - Source: FHIR R4 search, `_sort`, https://hl7.org/fhir/R4/search.html#sort
package struct SortKey: Hashable, Comparable, Sendable {
    /// Compared byte by byte, least first.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package static func < (left: SortKey, right: SortKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// How many bytes of a text count.
    private static let textBytesMax = 128

    /// The least of the resource's values, or the greatest where the order is descending; `nil` where it has none, and
    /// then it comes last, whatever the direction.
    /// - Parameters:
    ///   - parameter: what is sorted by.
    ///   - entries: those of the resource, with the parameter's paths.
    ///   - isDescending: the direction.
    package init?(of parameter: PlannedParameter, in entries: IndexEntryBuffer, isDescending: Bool) {
        var best: [UInt8]?
        for entry in entries.entries where parameter.includes(entry) {
            guard let key = Self.bytes(of: entry, isDescending: isDescending) else { continue }
            guard let current = best else {
                best = key
                continue
            }
            let isBetter =
                isDescending ? current.lexicographicallyPrecedes(key) : key.lexicographicallyPrecedes(current)
            if isBetter { best = key }
        }
        guard let best else { return nil }
        bytes = best
    }

    private static func bytes(of entry: IndexEntry, isDescending: Bool) -> [UInt8]? {
        switch entry.kind {
        case .string: return Array(entry.first.bytes.prefix(textBytesMax))
        case .token: return Array(entry.second.bytes.prefix(textBytesMax))
        case .uri: return Array(entry.second.bytes.prefix(textBytesMax))
        case .reference: return Array(entry.third.bytes.prefix(textBytesMax))
        case .date:
            let moment = isDescending ? entry.high : entry.low
            return bigEndian(UInt64(bitPattern: moment) ^ (1 << 63))
        case .number, .quantity:
            let end = isDescending ? entry.second : entry.first
            let other = isDescending ? entry.first : entry.second
            guard let value = (DecimalText(end.bytes) ?? DecimalText(other.bytes))?.double else { return nil }
            let bits = (value + 0).bitPattern
            return bigEndian(value < 0 ? ~bits : bits ^ (1 << 63))
        case .text, .identifierType, .referenceIdentifier, .position, .present, .narrative, .content: return nil
        }
    }

    private static func bigEndian(_ word: UInt64) -> [UInt8] {
        withUnsafeBytes(of: word.bigEndian) { Array($0) }
    }
}
