/// The members of a Bundle that lie beside its entries, as far as an ingest needs them.
package struct BundleHead: Sendable, Hashable {
    package var resourceType: String?
    /// `transaction`, `batch`, `collection` …
    package var type: String?
    package var id: String?
    package var timestamp: String?

    package init() {}

    /// A member beside the entries that is longer than this is refused: it may be entries under a wrong name.
    static let memberBytesMax = 64 << 10

    /// Takes a top-level member's raw text, if it is one of those kept; the first of a name wins.
    mutating func take(_ key: String, _ value: UnsafeRawBufferPointer) {
        guard value.count >= 2, value[0] == 0x22, value[value.count - 1] == 0x22 else { return }
        let text = JSONText.unescape(UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1]))
        switch key {
        case "resourceType": resourceType = resourceType ?? text
        case "type": type = type ?? text
        case "id": id = id ?? text
        case "timestamp": timestamp = timestamp ?? text
        default: break
        }
    }
}

/// What all units of one large Bundle share. Immutable once the first unit is out.
package final class BundleContext: Sendable {
    /// Complete even where `entry` comes before the other members: a first pass has read them.
    package let head: BundleHead
    /// Which resource each `fullUrl` of the Bundle stands for, those further down included.
    package let index: BundleIndex

    init(head: BundleHead, index: BundleIndex) {
        self.head = head
        self.index = index
    }
}
