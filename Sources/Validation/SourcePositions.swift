internal import JSONTape

/// Tells lines and columns of the text that a document was read from.
struct SourcePositions {
    private let root: JSONValue
    private let source: UnsafeRawBufferPointer
    private let firstLine: Int
    private var lineStarts: [Int]?

    /// - Parameters:
    ///   - value: any value of the document.
    ///   - firstLine: the number of the text's first line, for a line of NDJSON.
    init(_ value: JSONValue, firstLine: Int = 1) {
        root = JSONValue(tape: value.tape, index: 0)
        let text = root.utf8
        let before = root.isObject || root.isArray ? root.sourceOffset : 0
        source = UnsafeRawBufferPointer(
            start: text.baseAddress.map { $0 - before }, count: text.baseAddress == nil ? 0 : before + text.count)
        self.firstLine = firstLine
    }

    /// Fills in line and column (in bytes) of each finding.
    mutating func locate(_ findings: inout ArraySlice<ValidationFinding>) {
        for place in findings.indices {
            (findings[place].line, findings[place].column) = position(of: offset(of: findings[place].nodeIndex))
        }
    }

    private mutating func position(of offset: Int) -> (line: Int, column: Int) {
        let starts = lineStarts ?? self.starts()
        lineStarts = starts
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return (firstLine + low, offset - starts[low] + 1)
    }

    private func starts() -> [Int] {
        var starts = [0]
        for (offset, byte) in source.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
        return starts
    }

    /// Where a value begins; for a string with escapes, whose place the tape does not keep, what stands before it.
    private func offset(of index: Int) -> Int {
        var index = index
        while index > 0 {
            let value = JSONValue(tape: root.tape, index: index)
            let offset = value.sourceOffset
            if offset > 0 { return value.isString ? offset - 1 : offset }
            index -= 1
        }
        return root.sourceOffset
    }
}
