/// Reads a part of a `RandomAccess` from its start to its end, in pieces of any length.
struct AccessCursor {
    private let access: any RandomAccess
    private let end: UInt64
    private var buffer: [UInt8]
    /// What of the buffer is filled, and where the cursor stands in it.
    private var filled = 0
    private var position = 0
    /// Where the buffer begins in the whole.
    private var start: UInt64

    init(_ access: any RandomAccess, from start: UInt64, to end: UInt64, blockBytes: Int = 256 << 10) {
        self.access = access
        self.start = start
        self.end = end
        buffer = [UInt8](repeating: 0, count: blockBytes)
    }

    /// Where the next byte lies in the whole.
    var offset: UInt64 { start + UInt64(position) }

    /// Hands the next `count` bytes to `body`, and moves behind them; `nil` where so many are not left.
    /// - Parameter count: at most the length of a block.
    mutating func take<Result>(
        _ count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? {
        if filled - position < count { try refill() }
        guard filled - position >= count else { return nil }
        defer { position += count }
        return try buffer.withUnsafeBytes {
            try body(UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
        }
    }

    /// Moves over `count` bytes.
    mutating func skip(_ count: UInt64) {
        if UInt64(filled - position) >= count {
            position += Int(count)
        } else {
            start = min(offset + count, end)
            position = 0
            filled = 0
        }
    }

    private mutating func refill() throws {
        let rest = filled - position
        buffer.withUnsafeMutableBytes { all in
            guard let base = all.baseAddress, position > 0 else { return }
            base.copyMemory(from: base + position, byteCount: rest)
        }
        start += UInt64(position)
        position = 0
        filled = rest
        while filled < buffer.count {
            let place = start + UInt64(filled)
            let room = Int(min(UInt64(buffer.count - filled), end - min(place, end)))
            guard room > 0 else { return }
            let read = try buffer.withUnsafeMutableBytes {
                try access.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled..<filled + room]), at: place)
            }
            if read == 0 { return }
            filled += read
        }
    }
}
