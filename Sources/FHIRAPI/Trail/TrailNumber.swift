/// The number of an entry of Martlet's own audit trail as the id of an AuditEvent: `martlet-123`. What other systems
/// store has ids of other forms.
struct TrailNumber: Hashable {
    static let prefix = "martlet-"
    static let type = "AuditEvent"

    let value: UInt64

    /// - Returns: `nil` if the id names no entry.
    init?(_ id: String) {
        guard id.hasPrefix(Self.prefix) else { return nil }
        let digits = id.utf8.dropFirst(Self.prefix.utf8.count)
        guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1,
            digits.allSatisfy({ (0x30...0x39).contains($0) }), let value = UInt64(Substring(digits))
        else { return nil }
        self.value = value
    }
}
