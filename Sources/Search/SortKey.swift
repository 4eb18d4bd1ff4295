/// What a resource is sorted by under one rule: bytes that compare as the values do. A resource without value comes last,
/// whatever the direction.
/// - Source: FHIR R4 search, `_sort`, https://hl7.org/fhir/R4/search.html#sort
package struct SortKey: Hashable, Comparable, Sendable {
    /// Compared byte by byte; `nil` where the resource has no value.
    package let bytes: [UInt8]?
    package let isDescending: Bool

    package init(bytes: [UInt8]?, isDescending: Bool) {
        self.bytes = bytes
        self.isDescending = isDescending
    }

    package static func < (left: SortKey, right: SortKey) -> Bool {
        guard let first = left.bytes else { return false }
        guard let second = right.bytes else { return true }
        return left.isDescending ? second.lexicographicallyPrecedes(first) : first.lexicographicallyPrecedes(second)
    }

    /// How many bytes of a text count.
    private static let textBytesMax = 128

    /// The key of a resource: of several values the least, or the greatest where the order is descending.
    /// - Parameters:
    ///   - entries: those of the resource, with the parameter's paths.
    ///   - parameter: what is sorted by.
    ///   - isDescending: the direction.
    package init(_ entries: IndexEntryBuffer, parameter: PlannedParameter, isDescending: Bool) {
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
        bytes = best
        self.isDescending = isDescending
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
        case .text, .identifierType, .referenceIdentifier, .position, .present: return nil
        }
    }

    private static func bigEndian(_ word: UInt64) -> [UInt8] {
        withUnsafeBytes(of: word.bigEndian) { Array($0) }
    }
}

extension SearchQuery {
    /// The keys of a resource under the query's sort rules that are parameters, in order; none for `_id` and
    /// `_lastUpdated`, which the store knows.
    package func sortKeys(_ entries: IndexEntryBuffer) -> [SortKey] {
        options.sort.compactMap { rule in
            guard case .parameter(let parameter) = rule.key else { return nil }
            return SortKey(entries, parameter: parameter, isDescending: rule.isDescending)
        }
    }
}
