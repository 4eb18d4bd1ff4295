/// Where a text lies in a `TextStore`.
struct TextSlice: Equatable, Sendable {
    var offset: UInt32 = 0
    /// In bytes.
    var count: UInt32 = 0

    var isEmpty: Bool { count == 0 }
}
