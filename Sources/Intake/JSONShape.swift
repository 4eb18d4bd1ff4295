/// Tells NDJSON from a single JSON document while the file comes in.
struct JSONShape {
    enum Verdict {
        case lines
        case document
        /// More bytes are needed.
        case undecided
    }

    private let isNamedLines: Bool
    /// Where the search for the end of the first line goes on.
    private var searched = 0
    private var lineEnd: Int?
    private var isFirstComplete = false

    init(isNamedLines: Bool) {
        self.isNamedLines = isNamedLines
    }

    /// Looks at everything that came so far.
    mutating func judge(_ bytes: UnsafeRawBufferPointer, isWhole: Bool) -> Verdict {
        guard let start = bytes.firstIndex(where: { !isBlank($0) }) else { return isWhole ? .document : .undecided }
        if lineEnd == nil {
            let end = newline(in: bytes, from: max(searched, start))
            guard end < bytes.count else {
                searched = bytes.count
                return isWhole ? (isNamedLines ? .lines : .document) : .undecided
            }
            lineEnd = end
            isFirstComplete = isComplete(bytes, start, end)
        }
        guard let lineEnd else { return .undecided }
        guard let next = bytes[lineEnd...].first(where: { !isBlank($0) }) else {
            if !isWhole { return .undecided }
            return isNamedLines ? .lines : .document
        }
        if isFirstComplete { return .lines }
        // A document over several lines goes on with a name or a bracket; lines, also broken ones, with `{`.
        if !isNamedLines || bytes[start] == 0x5B { return .document }
        return next == 0x22 || next == 0x7D ? .document : .lines
    }

    private func isComplete(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        var checker = JSONChecker()
        var position = start
        guard case .done = checker.run(base, &position, end) else { return false }
        return bytes[position..<end].allSatisfy(isBlank)
    }
}
