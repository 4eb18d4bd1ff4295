/// JSON documents and NDJSON.
extension Walk {
    /// Reads text that begins like JSON, and finds out on the way whether it is one document or lines.
    func readText(_ content: Content, _ source: any ByteSource) throws {
        let reading = TextReading(content: content, walk: self)
        do {
            while let piece = try source.next() {
                guard try reading.feed(piece, rest: source) else { return }
            }
            try reading.finish()
        } catch let error as IntakeError where !error.stopsRun {
            try reading.breakOff(error)
        }
    }
}

/// One text file while it is read.
private final class TextReading {
    private let content: Content
    private let walk: Walk
    private let isNamedLines: Bool
    private var shape: JSONShape
    private var isDocument = false
    private var gathered: UnitBytes
    private var splitter: LineSplitter?
    private var markLength: Int?

    init(content: Content, walk: Walk) {
        self.content = content
        self.walk = walk
        isNamedLines = FileName(content.path).isLines
        shape = JSONShape(isNamedLines: isNamedLines)
        let room = min(content.statedBytes ?? 0, UInt64(walk.limits.documentBytesMax))
        gathered = UnitBytes(capacity: max(Int(room), 64 << 10))
    }

    /// Takes the next piece. Returns false where the rest of the file needs no reading any more.
    func feed(_ piece: UnsafeRawBufferPointer, rest: any ByteSource) throws -> Bool {
        if let splitter {
            try splitter.feed(piece)
            return true
        }
        let mark = markLength ?? ByteOrderMark.length(piece)
        gathered.append(markLength == nil ? UnsafeRawBufferPointer(rebasing: piece[mark...]) : piece)
        markLength = mark
        if !isDocument {
            switch shape.judge(gathered.bytes, isWhole: false) {
            case .lines: return try beginLines()
            case .document: isDocument = true
            case .undecided: break
            }
        }
        guard gathered.count > walk.limits.documentBytesMax else { return true }
        if !isDocument && isNamedLines { return try beginLines() }
        try readLarge(rest)
        return false
    }

    func finish() throws {
        if let splitter { return try splitter.finish() }
        if gathered.bytes.allSatisfy(isBlank) {
            return try walk.reject(content, .empty, "the file holds nothing but blanks")
        }
        if !isDocument, case .lines = shape.judge(gathered.bytes, isWhole: true) {
            if try beginLines() { try splitter?.finish() }
            return
        }
        if BulkExportFiles.isManifest(gathered.bytes) {
            return walk.skip(SkippedFile(file: content.path, reason: .exportManifest))
        }
        try walk.outlet.put(
            file: walk.beginFile(content), shape: .document, bundle: nil, storage: gathered,
            offset: UInt64(markLength ?? 0), cuts: [])
    }

    /// The source failed: what is whole stays good, the rest is rejected.
    func breakOff(_ error: IntakeError) throws {
        let code = Rejection.Code(error.code)
        if let splitter { return try splitter.breakOff(code, error.detail) }
        // A bomb's content is not worth keeping, and would be most of the rejects file.
        let original = code == .bomb ? nil : gathered.bytes
        try walk.rejects.reject(Rejection(content.place, code, error.detail), original: original)
    }

    private func beginLines() throws -> Bool {
        let bytes = gathered.bytes
        let start = bytes.firstIndex { !isBlank($0) } ?? 0
        let line = UnsafeRawBufferPointer(rebasing: bytes[start..<newline(in: bytes, from: start)])
        if BulkExportFiles.isLogLine(line) {
            walk.skip(SkippedFile(file: content.path, reason: .exportLog))
            return false
        }
        let lines = LineSplitter(
            file: walk.beginFile(content), offset: UInt64(markLength ?? 0), limits: walk.limits,
            outlet: walk.outlet, rejects: walk.rejects)
        splitter = lines
        try lines.feed(bytes)
        gathered = UnitBytes(capacity: 0)
        return true
    }

    private func readLarge(_ rest: any ByteSource) throws {
        let document = LargeDocument(
            file: walk.beginFile(content), limits: walk.limits, outlet: walk.outlet, rejects: walk.rejects)
        let open: () throws -> any ByteSource
        if let reopen = content.reopen {
            open = reopen
        } else {
            let spool = try spoolWhole(rest)
            open = { AccessSource(spool) }
        }
        gathered = UnitBytes(capacity: 0)
        try document.read(open: open) { body in try walk.walker.progress.uncounted(body) }
    }

    private func spoolWhole(_ rest: any ByteSource) throws -> any RandomAccess {
        let mark: [UInt8] = markLength == 3 ? [0xEF, 0xBB, 0xBF] : []
        return try mark.withUnsafeBytes { try walk.spool(rest, after: [$0, gathered.bytes]) }
    }
}
