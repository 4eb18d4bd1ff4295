/// Finds where a Bundle entry begins in text whose structure is lost: `{ "fullUrl"` or `{ "resource" : {`.
enum EntryStart {
    enum Outcome {
        case found(Int)
        /// Could begin here: the text ends too early to tell.
        case perhaps(Int)
        case none
    }

    /// An entry whose beginning takes more than this is not recognised.
    static let bytesMax = 256

    /// The first beginning at or behind `start`.
    static func find(in bytes: UnsafeRawBufferPointer, from start: Int) -> Outcome {
        var position = start
        while true {
            let candidate = bytes.index(of: 0x7B, from: position)
            guard candidate < bytes.count else { return .none }
            let end = min(bytes.count, candidate + bytesMax)
            switch matches(bytes, candidate + 1, end) {
            case true?: return .found(candidate)
            case nil where end == bytes.count && end < candidate + bytesMax: return .perhaps(candidate)
            default: position = candidate + 1
            }
        }
    }

    /// `nil` where the text ends before it is decided.
    private static func matches(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool? {
        var position = start
        guard let isURL = key(bytes, &position, end) else { return nil }
        guard let wanted = isURL else { return false }
        for byte in wanted {
            while position < end, isBlank(bytes[position]) { position += 1 }
            guard position < end else { return nil }
            guard bytes[position] == byte else { return false }
            position += 1
        }
        return true
    }

    /// What must follow the key; inner `nil` where it is another key, outer `nil` where the text ends.
    private static func key(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ end: Int) -> [UInt8]?? {
        while position < end, isBlank(bytes[position]) { position += 1 }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
        for (text, follows) in [("\"fullUrl\"", [0x3A, 0x22]), ("\"resource\"", [0x3A, 0x7B])] as [(String, [UInt8])] {
            let key = Array(text.utf8)
            if rest.starts(with: key) {
                position += key.count
                return .some(follows)
            }
            if rest.count < key.count && key.starts(with: rest) { return nil }
        }
        return .some(nil)
    }
}
