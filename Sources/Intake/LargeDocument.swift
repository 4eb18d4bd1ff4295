/// Reads a JSON document that is too large for one unit, in two passes over its source: the first learns what it is and
/// which resource each `fullUrl` stands for, the second hands on its entries.
struct LargeDocument {
    let file: SourceFile
    let limits: IntakeLimits
    let outlet: UnitOutlet
    let rejects: RejectsWriter

    /// What the first pass learns.
    private struct Survey {
        var root: BundleScanner<Surveyor>.Root
        var isBundle: Bool
        var context: BundleContext
        var byteCount: UInt64
        /// What the source failed with.
        var fault: IntakeError?
    }

    /// Reads it all. `open` opens the document from its start, each time it is called; `uncounted` runs the first pass,
    /// whose reading is not progress.
    func read(
        open: @escaping () throws -> any ByteSource, uncounted: (() throws -> Void) throws -> Void
    ) throws {
        var learned: Survey?
        try uncounted { learned = try survey(open()) }
        guard let learned else { return }
        if learned.root == .object && !learned.isBundle {
            return try readSingle(open(), learned)
        }
        try readEntries(open(), learned)
    }

    /// Hands on the entries where the document is a Bundle or an array, and returns whether it is.
    func readIfManifold(open: () throws -> any ByteSource) throws -> Bool {
        let learned = try survey(open())
        guard learned.root == .array || learned.isBundle else { return false }
        try readEntries(open(), learned)
        return true
    }

    private func survey(_ source: any ByteSource) throws -> Survey {
        let surveyor = Surveyor()
        let scanner = BundleScanner(receiver: surveyor, limits: limits, offset: 0)
        var byteCount: UInt64 = 0
        var fault: IntakeError?
        do {
            let pieces = DocumentPieces(source)
            while let piece = try pieces.next() {
                byteCount += UInt64(piece.count)
                try scanner.feed(piece)
            }
        } catch let error as IntakeError where !error.stopsRun {
            // The second pass meets the same fault and reports it.
            fault = error
        }
        try scanner.finish()
        surveyor.index.freeze()
        let isNamedBundle = scanner.head.resourceType == "Bundle"
        // The name of the type may lie behind where a file is cut off; its entries still tell.
        let looksLikeBundle = scanner.head.resourceType == nil && surveyor.index.count > 0
        return Survey(
            root: scanner.root, isBundle: isNamedBundle || looksLikeBundle,
            context: BundleContext(head: scanner.head, index: surveyor.index), byteCount: byteCount, fault: fault)
    }

    private func readEntries(_ source: any ByteSource, _ learned: Survey) throws {
        let isBundle = learned.root != .array
        let assembler = UnitAssembler(document: self, context: isBundle ? learned.context : nil)
        let pieces = DocumentPieces(source)
        let markLength = try pieces.markLength()
        let scanner = BundleScanner(receiver: assembler, limits: limits, offset: UInt64(markLength))
        do {
            while let piece = try pieces.next() { try scanner.feed(piece) }
        } catch let error as IntakeError where !error.stopsRun {
            let place = Place(file: file.path, entry: scanner.index, member: file.member)
            let reason = "\(error.detail), \(scanner.whereabouts)"
            try rejects.reject(Rejection(place, Rejection.Code(error.code), reason))
        }
        try scanner.finish()
        try assembler.flush()
        if !scanner.hasEntries && !assembler.hasRefused {
            let place = Place(file: file.path, member: file.member)
            try rejects.reject(Rejection(place, .bundleShape, "the Bundle has no entry array"))
        }
    }

    private func readSingle(_ source: any ByteSource, _ learned: Survey) throws {
        let pieces = DocumentPieces(source)
        let offset = UInt64(try pieces.markLength())
        let place = Place(file: file.path, member: file.member, offset: offset)
        if let fault = learned.fault, fault.code == .bomb {
            // Its content is not worth keeping, and would be most of the rejects file.
            return try rejects.reject(Rejection(place, .bomb, fault.detail))
        }
        guard learned.byteCount <= UInt64(limits.resourceBytesMax) else {
            let reason = "the resource is longer than \(limits.resourceBytesMax) bytes"
            let original = try rejects.begin(Rejection(place, .tooLarge, reason))
            while let piece = try pieces.next() { try original.append(piece) }
            return try original.finish()
        }
        let storage = UnitBytes(capacity: Int(learned.byteCount))
        do {
            while let piece = try pieces.next() { storage.append(piece) }
        } catch let error as IntakeError where !error.stopsRun {
            let rejection = Rejection(place, Rejection.Code(error.code), error.detail)
            return try rejects.reject(rejection, original: storage.bytes)
        }
        try outlet.put(file: file, shape: .document, bundle: nil, storage: storage, offset: offset, cuts: [])
    }
}

extension Rejection.Code {
    /// The reason that a file is rejected for when reading it failed so.
    init(_ code: IntakeError.Code) {
        switch code {
        case .truncated: self = .truncated
        case .bomb: self = .bomb
        case .tooLarge: self = .tooLarge
        case .damaged, .archive: self = .damaged
        case .unreadable, .cancelled, .rejectsUnwritable, .spool, .source, .notFound, .conflict: self = .unreadable
        }
    }
}

/// A document's bytes without its byte order mark.
final class DocumentPieces {
    private let source: HeadedSource
    private var mark: Int?

    init(_ source: any ByteSource) {
        self.source = HeadedSource(source)
    }

    /// Bytes before the text: 0 or 3.
    func markLength() throws -> Int {
        if let mark { return mark }
        let length = ByteOrderMark.length(try source.head(atLeast: 4))
        mark = length
        return length
    }

    func next() throws -> UnsafeRawBufferPointer? {
        let isFirst = mark == nil || isUnread
        let skipped = isFirst ? try markLength() : 0
        isUnread = false
        guard let piece = try source.next() else { return nil }
        return skipped == 0 ? piece : UnsafeRawBufferPointer(rebasing: piece[min(skipped, piece.count)...])
    }

    private var isUnread = true
}

/// First pass: notes `fullUrl`s, and leaves faults to the second.
private final class Surveyor: BundleReceiver {
    let index = BundleIndex()

    func entry(_ bytes: UnsafeRawBufferPointer, index: Int, offset: UInt64) {
        self.index.add(EntryFacts(bytes))
    }

    func beginRefusal(_ refusal: BundleRefusal) {}
    func refused(_ bytes: UnsafeRawBufferPointer) {}
    func endRefusal() {}
}

/// Second pass: packs entries into units.
private final class UnitAssembler: BundleReceiver {
    private let document: LargeDocument
    private let context: BundleContext?
    private var storage: UnitBytes?
    private var cuts: [RawUnit.Cut] = []
    private var refusal: RejectedOriginal?
    /// True once anything was refused.
    private(set) var hasRefused = false

    init(document: LargeDocument, context: BundleContext?) {
        self.document = document
        self.context = context
    }

    func entry(_ bytes: UnsafeRawBufferPointer, index: Int, offset: UInt64) throws {
        let unitBytes = document.limits.unitBytes
        let buffer = storage ?? UnitBytes(capacity: max(unitBytes + unitBytes / 8, bytes.count))
        storage = buffer
        cuts.append(RawUnit.Cut(start: buffer.count, count: bytes.count, index: index, offset: offset))
        buffer.append(bytes)
        if buffer.count >= unitBytes { try flush() }
    }

    func flush() throws {
        guard let full = storage else { return }
        try document.outlet.put(
            file: document.file, shape: context == nil ? .elements : .entries, bundle: context, storage: full,
            offset: cuts.first?.offset ?? 0, cuts: cuts)
        storage = nil
        cuts.removeAll(keepingCapacity: true)
    }

    func beginRefusal(_ refusal: BundleRefusal) throws {
        let file = document.file
        hasRefused = true
        let place = Place(file: file.path, entry: refusal.index, member: file.member, offset: refusal.offset)
        self.refusal = try document.rejects.begin(Rejection(place, refusal.code, refusal.reason))
    }

    func refused(_ bytes: UnsafeRawBufferPointer) throws {
        try refusal?.append(bytes)
    }

    func endRefusal() throws {
        try refusal?.finish()
        refusal = nil
    }
}

extension RawUnit {
    /// Takes a `document` unit apart that can't be parsed as a whole: what can be told apart of its entries or elements
    /// goes to `body` in units numbered like this one, the rest to the rejects.
    /// - Returns: false, with nothing done, where the document is neither a Bundle nor an array.
    /// - Throws: what `body` throws, or `IntakeError.rejectsUnwritable`.
    package func salvage(
        limits: IntakeLimits, rejects: RejectsWriter, _ body: (RawUnit) throws -> Void
    ) throws -> Bool {
        try withoutActuallyEscaping(body) { take in
            let outlet = UnitOutlet(fixedOrdinal: ordinal, take)
            let document = LargeDocument(file: file, limits: limits, outlet: outlet, rejects: rejects)
            return try document.readIfManifold { OnceSource(storage) }
        }
    }
}

/// Gives the bytes of a unit in one piece.
private final class OnceSource: ByteSource {
    private let storage: UnitBytes
    private var isGiven = false

    init(_ storage: UnitBytes) {
        self.storage = storage
    }

    func next() -> UnsafeRawBufferPointer? {
        if isGiven || storage.count == 0 { return nil }
        isGiven = true
        return storage.bytes
    }
}
