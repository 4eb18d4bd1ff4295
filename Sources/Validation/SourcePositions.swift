package import JSONTape

/// Tells lines and columns of a source text.
package struct SourcePositions {
    private let source: UnsafeRawBufferPointer
    private let firstLine: Int
    private var lineStarts: [Int]?

    /// - Parameters:
    ///   - source: the text that was parsed; it must outlive this.
    ///   - firstLine: the number of its first line, for a line of NDJSON.
    package init(_ source: UnsafeRawBufferPointer, firstLine: Int = 1) {
        self.source = source
        self.firstLine = firstLine
    }

    /// Fills in line and column (in bytes) of each finding.
    /// - Parameter root: any value of the document that the findings are of.
    package mutating func locate(_ findings: inout [ValidationFinding], in root: JSONValue) {
        for place in findings.indices {
            let offset = Self.offset(of: findings[place].nodeIndex, in: root)
            (findings[place].line, findings[place].column) = position(of: offset)
        }
    }

    /// The line and column of a place in the source, both from 1.
    package mutating func position(of offset: Int) -> (line: Int, column: Int) {
        if lineStarts == nil { lineStarts = starts() }
        guard let lineStarts else { return (firstLine, 1) }
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return (firstLine + low, offset - lineStarts[low] + 1)
    }

    private func starts() -> [Int] {
        var starts = [0]
        for (offset, byte) in source.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
        return starts
    }

    /// Where a value begins; for a string with escapes, whose place the tape does not keep, what stands before it.
    private static func offset(of index: Int, in root: JSONValue) -> Int {
        var index = index
        while index > 0 {
            let value = JSONValue(tape: root.tape, index: index)
            let offset = value.sourceOffset
            if offset > 0 { return value.isString ? offset - 1 : offset }
            index -= 1
        }
        return JSONValue(tape: root.tape, index: 0).sourceOffset
    }
}
