internal import JSONTape

/// A fixed set of short texts, each with a number from 0, found by bytes without making a String.
final class TextIndex: @unchecked Sendable {
    // Safe to share: the memory is never changed after `init`.
    private let bytes: UnsafeMutableRawBufferPointer
    private let offsets: UnsafeMutableBufferPointer<UInt32>
    private let slots: UnsafeMutableBufferPointer<UInt16>

    /// - Parameter texts: different texts, fewer than 65,535; each gets its place as its number.
    init(_ texts: [String]) {
        var offsets: [UInt32] = [0]
        var joined: [UInt8] = []
        for text in texts {
            joined += Array(text.utf8)
            offsets.append(UInt32(joined.count))
        }
        var size = 4
        while size < texts.count * 2 { size *= 2 }
        bytes = .allocate(byteCount: max(1, joined.count), alignment: 8)
        bytes.copyBytes(from: joined)
        self.offsets = .allocate(capacity: offsets.count)
        _ = self.offsets.initialize(fromContentsOf: offsets)
        slots = .allocate(capacity: size)
        slots.initialize(repeating: .max)
        for number in texts.indices {
            var place = Int(truncatingIfNeeded: Self.hash(text(number))) & (size - 1)
            while slots[place] != .max { place = (place + 1) & (size - 1) }
            slots[place] = UInt16(number)
        }
    }

    /// How many texts there are.
    var count: Int { offsets.count - 1 }

    deinit {
        bytes.deallocate()
        offsets.deallocate()
        slots.deallocate()
    }

    private func text(_ number: Int) -> UnsafeRawBufferPointer {
        let start = Int(offsets[number])
        return UnsafeRawBufferPointer(rebasing: bytes[start..<Int(offsets[number + 1])])
    }

    /// The number of a text.
    func find(_ wanted: UnsafeRawBufferPointer) -> UInt16? {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: Self.hash(wanted)) & mask
        while slots[place] != .max {
            let number = slots[place]
            if bytesEqual(text(Int(number)), wanted) { return number }
            place = (place + 1) & mask
        }
        return nil
    }

    /// Mixes length, first and last bytes: enough for names and codes that are known beforehand.
    private static func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        let count = text.count
        var first: UInt64 = 0
        var last: UInt64 = 0
        if count >= 8 {
            first = text.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
            last = text.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if count >= 4 {
            first = UInt64(text.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
            last = UInt64(text.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        } else if count > 0 {
            first = UInt64(text[0]) | UInt64(text[count / 2]) << 8 | UInt64(text[count - 1]) << 16
        }
        var mixed = (first ^ (UInt64(count) &* 0x9E37_79B9_7F4A_7C15)) &* 0xBF58_476D_1CE4_E5B9 &+ last
        mixed ^= mixed >> 32
        mixed &*= 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 29)
    }
}
