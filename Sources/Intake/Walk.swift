/// A file at hand: where it lies, and how to read it again.
struct Content {
    var path: String
    /// The name that tells kind and rank; for a compressed file that of what is inside.
    var rank: Int
    /// Containers around it.
    var nesting = 0
    var member: Int?
    /// The user named it: it is rejected, not skipped, where it holds nothing to read.
    var isNamed = false
    var statedBytes: UInt64?
    /// Opens it from the start once more; `nil` where that takes a spool.
    var reopen: (() throws -> any ByteSource)?

    var place: Place { Place(file: path, member: member) }
}

/// One run of a `SourceWalker`.
final class Walk {
    let walker: SourceWalker
    let limits: IntakeLimits
    let rejects: RejectsWriter
    let outlet: UnitOutlet
    let budget: UnpackBudget
    var summary = WalkSummary()
    private let counter = Counter()

    /// Units handed on; an object of its own because the outlet's closure counts in it.
    private final class Counter {
        var units = 0
        var files = 0
    }

    init(_ walker: SourceWalker, _ take: @escaping (RawUnit) throws -> Void) {
        self.walker = walker
        limits = walker.limits
        rejects = walker.rejects
        budget = UnpackBudget(bytesMax: walker.limits.unpackedBytesMax)
        outlet = UnitOutlet { [counter, progress = walker.progress] unit in
            try take(unit)
            counter.units += 1
            progress.countUnit()
        }
    }

    /// Reads all inputs, in the order of their ranks.
    func readAll() throws {
        defer { summary.units = counter.units }
        if let part = walker.part { return try read(part.part, of: part.contents) }
        let inputs = try InputList(walker.paths, rejects: rejects, skip: skip).inputs
        walker.progress.begin(bytesTotal: inputs.reduce(0) { $0 + ($1.byteCount ?? 0) })
        for input in inputs {
            walker.progress.beginInput(bytes: input.byteCount)
            try read(input)
            walker.progress.endInput()
        }
    }

    private func read(_ input: Input) throws {
        var content = Content(path: input.path, rank: input.rank, isNamed: input.isNamed)
        try guarded(content) {
            switch input.kind {
            case .standardInput:
                let descriptor = walker.standardInput
                try read(content, StreamSource(descriptor: descriptor, name: input.path, progress: walker.progress))
            case .stream:
                let stream = try OpenStream(path: input.path, progress: walker.progress)
                try read(content, stream)
            case .file:
                let file = try FileAccess(
                    path: input.path, followsLinks: input.isNamed, progress: walker.progress)
                content.statedBytes = file.byteCount
                content.reopen = { AccessSource(file) }
                try read(content, AccessSource(file), access: file)
            }
        }
    }

    /// Reads a file of any kind. With `access`, the same bytes can be read at any place, too.
    func read(_ content: Content, _ source: any ByteSource, access: (any RandomAccess)? = nil) throws {
        let headed = HeadedSource(source)
        let head = try headed.head(atLeast: ContentKind.headBytes)
        switch ContentKind(head: head) {
        case .empty: try reject(content, .empty, "the file is empty")
        case .zip: try ifNotTooDeep(content) { try readZip(content, access ?? spool(headed)) }
        case .tar:
            try ifNotTooDeep(content) { try readTar(content, try open(.tar, content, headed, access)) }
        case .compressed: try ifNotTooDeep(content) { try readCompressed(content, headed, access) }
        case .json: try readText(content, headed)
        case .unsupported(let what): try refuse(content, "is \(what), which is not read here")
        case .unknown:
            if FileName(content.path).isLines {
                try readText(content, headed)
            } else {
                try refuse(content, "is neither JSON nor an archive")
            }
        }
    }

    private func ifNotTooDeep(_ content: Content, _ body: () throws -> Void) throws {
        if content.nesting >= limits.nestingMax {
            try reject(content, .nestedTooDeep, "more than \(limits.nestingMax) archives lie in one another")
        } else {
            try body()
        }
    }

    /// Not readable at all: a reject where data was promised, else skipped.
    private func refuse(_ content: Content, _ reason: String) throws {
        if content.isNamed || FileName(content.path).claimsData {
            try reject(content, reason.hasPrefix("is neither") ? .notJSON : .unsupported, "the file \(reason)")
        } else {
            skip(SkippedFile(file: content.path, reason: .notFHIR))
        }
    }

    func reject(_ content: Content, _ code: Rejection.Code, _ reason: String) throws {
        try rejects.reject(Rejection(content.place, code, reason))
    }

    func skip(_ file: SkippedFile) {
        summary.skippedCount += 1
        if summary.skipped.count < 10_000 { summary.skipped.append(file) }
    }

    /// Runs `body`; what concerns only this file becomes a reject.
    func guarded(_ content: Content, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as IntakeError where !error.stopsRun {
            try reject(content, Rejection.Code(error.code), error.detail)
        }
    }

    /// - Parameter isCounted: false for what continues a file that is counted elsewhere.
    func beginFile(_ content: Content, isCounted: Bool = true) -> SourceFile {
        let file = SourceFile(
            path: content.path, ordinal: counter.files, rank: content.rank, member: content.member)
        counter.files += 1
        if isCounted { summary.files += 1 }
        walker.progress.beginFile(content.path)
        return file
    }

    /// The rest of a stream, to be read at any place and more than once.
    func spool(_ source: any ByteSource, after head: [UnsafeRawBufferPointer] = []) throws -> any RandomAccess {
        let spool = TieredSpool(memoryBytesMax: limits.spoolMemoryBytesMax, factory: walker.makeSpool)
        for part in head { try spool.append(part) }
        while let block = try source.next() { try spool.append(block) }
        return spool
    }

    func open(
        _ format: ArchiveReader.Format, _ content: Content, _ source: any ByteSource, _ access: (any RandomAccess)?
    ) throws -> ArchiveReader {
        if let access {
            return try ArchiveReader(access, format: format, limits: limits, budget: budget)
        }
        return try ArchiveReader(source, format: format, limits: limits, budget: budget)
    }
}
