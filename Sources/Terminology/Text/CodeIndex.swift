internal import JSONTape

/// Finds the place of a text among the texts of a list, by bytes, without making a String.
///
/// The hash is keyed anew in each process: no hostile definition makes it slow.
struct CodeIndex: Sendable {
    private let store: TextStore
    private let codes: [TextSlice]
    private let slots: [UInt32]
    private let isCaseSensitive: Bool

    /// - Parameters:
    ///   - codes: of equal ones the first is found.
    ///   - isCaseSensitive: whether upper and lower case differ. If not, the index keeps its own copy of the texts.
    init(_ codes: [TextSlice], in store: TextStore, isCaseSensitive: Bool = true) {
        var codes = codes
        var store = store
        if !isCaseSensitive {
            var folded: [UInt8] = []
            for place in codes.indices {
                let text = Array(store.text(codes[place]).lowercased().utf8)
                codes[place] = TextSlice(
                    offset: UInt32(truncatingIfNeeded: folded.count), count: UInt32(truncatingIfNeeded: text.count))
                folded += text
            }
            store = TextStore(folded)
        }
        self.codes = codes
        self.store = store
        self.isCaseSensitive = isCaseSensitive
        var size = 4
        while size < codes.count * 2 { size *= 2 }
        var slots = [UInt32](repeating: .max, count: size)
        for (number, code) in codes.enumerated() {
            let text = store[code]
            var place = Self.hash(text) & (size - 1)
            while slots[place] != .max, !bytesEqual(store[codes[Int(slots[place])]], text) {
                place = (place + 1) & (size - 1)
            }
            if slots[place] == .max { slots[place] = UInt32(truncatingIfNeeded: number) }
        }
        self.slots = slots
    }

    /// How much memory it takes, in bytes.
    var byteCount: Int { slots.count * 4 + codes.count * 8 + store.byteCount }

    /// The place of a text in the list.
    func find(_ wanted: UnsafeRawBufferPointer) -> Int? {
        guard !isCaseSensitive else { return findExactly(wanted) }
        var folded = String(decoding: wanted, as: UTF8.self).lowercased()
        return folded.withUTF8 { findExactly(UnsafeRawBufferPointer($0)) }
    }

    private func findExactly(_ wanted: UnsafeRawBufferPointer) -> Int? {
        let mask = slots.count - 1
        var place = Self.hash(wanted) & mask
        while slots[place] != .max {
            let number = Int(slots[place])
            if bytesEqual(store[codes[number]], wanted) { return number }
            place = (place + 1) & mask
        }
        return nil
    }

    /// The place of a text in the list.
    func find(_ wanted: String) -> Int? {
        var wanted = wanted
        return wanted.withUTF8 { find(UnsafeRawBufferPointer($0)) }
    }

    private static func hash(_ text: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: text)
        return hasher.finalize()
    }
}
