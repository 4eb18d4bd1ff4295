/// Cuts NDJSON into units of whole lines. A line over the limit is rejected alone, streamed to the rejects.
final class LineSplitter {
    private let file: SourceFile
    private let limits: IntakeLimits
    private let outlet: UnitOutlet
    private let rejects: RejectsWriter
    private var unit: UnitBytes?
    private var unitLine: Int
    private var unitOffset: UInt64
    /// Where the line at hand begins in the unit.
    private var lineStart = 0
    /// Number of the line at hand.
    private var line: Int
    private var offset: UInt64
    private var rejecting: RejectedOriginal?

    /// Begins at `offset`: bytes of the file before the first that is fed, such as a byte order mark, with line `line`.
    init(
        file: SourceFile, offset: UInt64, line: Int = 1, limits: IntakeLimits, outlet: UnitOutlet,
        rejects: RejectsWriter
    ) {
        self.file = file
        self.offset = offset
        self.line = line
        unitLine = line
        unitOffset = offset
        self.limits = limits
        self.outlet = outlet
        self.rejects = rejects
    }

    /// Takes the next piece of the file.
    func feed(_ piece: UnsafeRawBufferPointer) throws {
        var position = 0
        while position < piece.count {
            let end = newline(in: piece, from: position)
            let isComplete = end < piece.count
            let part = UnsafeRawBufferPointer(rebasing: piece[position..<(isComplete ? end + 1 : end)])
            try take(part, isComplete: isComplete)
            position += part.count
            offset += UInt64(part.count)
            guard isComplete else { return }
            line += 1
            lineStart = unit?.count ?? 0
            if lineStart >= limits.unitBytes { try flush() }
        }
    }

    /// The file is over; the last line needs no LF.
    func finish() throws {
        try rejecting?.finish()
        rejecting = nil
        try flush()
    }

    /// The file broke off: what is left of the line at hand is rejected, the lines before it are good.
    func breakOff(_ code: Rejection.Code, _ reason: String) throws {
        try rejecting?.finish()
        rejecting = nil
        let rest = unit.map { Array($0.bytes[lineStart...]) } ?? []
        unit?.truncate(to: lineStart)
        try flush()
        let place = Place(file: file.path, line: line, member: file.member, offset: offset - UInt64(rest.count))
        try rest.withUnsafeBytes { try rejects.reject(Rejection(place, code, reason), original: $0) }
    }

    private func take(_ part: UnsafeRawBufferPointer, isComplete: Bool) throws {
        if let stream = rejecting {
            try stream.append(part)
            if isComplete {
                try stream.finish()
                rejecting = nil
                unitLine = line + 1
                unitOffset = offset + UInt64(part.count)
            }
            return
        }
        let before = (unit?.count ?? 0) - lineStart
        guard before + part.count > limits.resourceBytesMax else {
            let buffer = unit ?? UnitBytes(capacity: limits.unitBytes + limits.unitBytes / 8)
            buffer.append(part)
            unit = buffer
            return
        }
        let start = unit.map { Array($0.bytes[lineStart...]) } ?? []
        unit?.truncate(to: lineStart)
        try flush()
        let place = Place(file: file.path, line: line, member: file.member, offset: offset - UInt64(start.count))
        let reason = "the line is longer than \(limits.resourceBytesMax) bytes"
        let stream = try rejects.begin(Rejection(place, .tooLarge, reason))
        rejecting = stream
        try start.withUnsafeBytes { try stream.append($0) }
        try take(part, isComplete: isComplete)
    }

    /// Hands on what is gathered. Only called between lines.
    private func flush() throws {
        if let full = unit, full.count > 0 {
            try outlet.put(
                file: file, shape: .lines, bundle: nil, storage: full, firstLine: unitLine, offset: unitOffset,
                cuts: [])
        }
        unit = nil
        lineStart = 0
        unitLine = line
        unitOffset = offset
    }
}
