/// A source, cut into parts.
package struct IngestPlan: Sendable {
    /// In the order in which they are to be begun; their phases rise.
    package var parts: [IngestPart]
    /// What all parts take of the source.
    package var byteCount: UInt64 { parts.reduce(0) { $0 + $1.byteCount } }

    init(parts: [IngestPart]) {
        self.parts = parts
    }

    /// Looks into a source. Blocks for as long as reading all of it takes, at most.
    /// - Throws: `IntakeError` where the source can't be read, or `isStopped` said so.
    package init(
        _ contents: [SourceContent], options: IngestPlanOptions, isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws {
        self = try IngestPlanner(contents, options: options, isStopped: isStopped).plan()
    }
}

/// How a source is cut.
package struct IngestPlanOptions: Sendable {
    /// Unpacked bytes that a part should have. One that can't be cut any further has more.
    package var partBytes: UInt64 = 128 << 20
    package var partsMax = 10_000
    package var limits = IntakeLimits()

    package init() {}
}

/// Looks into a source and cuts it into parts of even size.
///
/// Zips are cut between their members, by their list of contents and without unpacking; NDJSON between lines, which one
/// pass counts. Anything else is one part: a document, a stream of gzip, zstd or tar, a zip that is damaged.
struct IngestPlanner {
    private let contents: [SourceContent]
    private let options: IngestPlanOptions
    private let isStopped: @Sendable () -> Bool

    init(
        _ contents: [SourceContent], options: IngestPlanOptions, isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        self.contents = contents
        self.options = options
        self.isStopped = isStopped
    }

    /// The least that a part is cut from.
    private struct Atom {
        enum Kind {
            case whole
            case lines(Int)
            /// A member, by its index in stored order.
            case member(Int)
        }

        var file: Int
        var rank: Int
        var kind: Kind
        /// Bytes of the source.
        var byteCount: UInt64
        /// What work on it is guessed to take, in unpacked bytes.
        var weight: UInt64
    }

    /// What a file was found to be.
    private enum Survey {
        case whole(weight: UInt64)
        case lines(start: UInt64)
        case zip(ZipSurvey)
    }

    /// - Throws: `IntakeError` where the source can't be read, or the planning was stopped.
    func plan() throws -> IngestPlan {
        let surveys = try contents.map { try survey($0) }
        let total = zip(contents, surveys).reduce(UInt64(0)) { sum, file in
            switch file.1 {
            case .whole(let weight): sum + weight
            case .lines: sum + file.0.byteCount
            case .zip(let zip): sum + zip.weight
            }
        }
        let least = max(options.partBytes, total / UInt64(max(options.partsMax / 2, 1)), 1)
        // Even parts instead of full ones and a small rest.
        let target = max(total / max((total + least - 1) / least, 1), 1)
        var segments: [Int: [IngestPart.Lines]] = [:]
        var atoms: [Atom] = []
        for (file, survey) in surveys.enumerated() {
            let content = contents[file]
            let rank = FileRank.rank(content.name)
            switch survey {
            case .whole(let weight):
                atoms.append(
                    Atom(file: file, rank: rank, kind: .whole, byteCount: content.byteCount, weight: weight))
            case .lines(let start):
                let lines = try cut(content, from: start, target: target)
                segments[file] = lines
                for (index, segment) in lines.enumerated() {
                    let bytes = segment.bytes.upperBound - segment.bytes.lowerBound
                    atoms.append(Atom(file: file, rank: rank, kind: .lines(index), byteCount: bytes, weight: bytes))
                }
            case .zip(let zip):
                for (index, member) in zip.members.enumerated() where member.isRead {
                    atoms.append(
                        Atom(
                            file: file, rank: Int(member.rank), kind: .member(index), byteCount: member.packedBytes,
                            weight: member.weight))
                }
            }
        }
        // Swift's sort is stable.
        atoms.sort { $0.rank < $1.rank }
        return IngestPlan(parts: parts(atoms, target: target, surveys, segments))
    }

    private func parts(
        _ atoms: [Atom], target: UInt64, _ surveys: [Survey], _ segments: [Int: [IngestPart.Lines]]
    ) -> [IngestPart] {
        var parts: [IngestPart] = []
        var phases = PhaseCount()
        var first = 0
        while first < atoms.count {
            var end = first
            var weight: UInt64 = 0
            // An atom that would lead far beyond the target waits for the next part.
            while end < atoms.count, end == first || weight + atoms[end].weight / 2 <= target {
                weight += atoms[end].weight
                end += 1
            }
            let slice = atoms[first..<end]
            parts.append(
                IngestPart(
                    phase: phases.next(slice[first].rank, slice[end - 1].rank),
                    byteCount: slice.reduce(0) { $0 + $1.byteCount }, pieces: pieces(slice, surveys, segments)))
            first = end
        }
        return parts
    }

    private func pieces(
        _ atoms: ArraySlice<Atom>, _ surveys: [Survey], _ segments: [Int: [IngestPart.Lines]]
    ) -> [IngestPart.Piece] {
        var pieces: [IngestPart.Piece] = []
        var start = atoms.startIndex
        while start < atoms.endIndex {
            let atom = atoms[start]
            var end = start + 1
            switch (atom.kind, surveys[atom.file]) {
            case (.lines(let index), _):
                if let lines = segments[atom.file]?[index] {
                    pieces.append(IngestPart.Piece(file: atom.file, extent: .lines(lines)))
                }
            case (.member, .zip(let zip)):
                while end < atoms.endIndex, atoms[end].file == atom.file, atoms[end].rank == atom.rank { end += 1 }
                let members = atoms[start..<end].compactMap { atom in
                    if case .member(let index) = atom.kind { index } else { nil }
                }
                pieces.append(IngestPart.Piece(file: atom.file, extent: .members(zip.part(of: members))))
            default: pieces.append(IngestPart.Piece(file: atom.file, extent: .whole))
            }
            start = end
        }
        return pieces
    }

    // MARK: Files

    /// What gzip or zstd is guessed to unpack to.
    private static let guessedRatio: UInt64 = 8

    private func survey(_ content: SourceContent) throws -> Survey {
        let access = try WatchedAccess(content, progress: nil, isStopped: isStopped)
        let head = HeadedSource(AccessSource(access))
        let kind = ContentKind(head: try head.head(atLeast: ContentKind.headBytes))
        switch kind {
        case .zip:
            guard let zip = try ZipSurvey(access, limits: options.limits) else {
                return .whole(weight: content.byteCount * Self.guessedRatio)
            }
            return .zip(zip)
        case .compressed: return .whole(weight: content.byteCount * Self.guessedRatio)
        case .json, .unknown:
            let isText = kind == .json || FileName(content.name).isLines
            guard isText, content.byteCount > options.partBytes, let start = try linesStart(content, head) else {
                return .whole(weight: content.byteCount)
            }
            return .lines(start: start)
        case .empty, .tar, .unsupported: return .whole(weight: content.byteCount)
        }
    }

    /// Where the lines begin, behind a byte order mark; `nil` where the file is no NDJSON. Judges as `Walk.readText` does.
    private func linesStart(_ content: SourceContent, _ source: any ByteSource) throws -> UInt64? {
        let isNamedLines = FileName(content.name).isLines
        var shape = JSONShape(isNamedLines: isNamedLines)
        let gathered = UnitBytes(capacity: 1 << 20)
        var mark: Int?
        while let piece = try source.next() {
            let skipped = mark == nil ? ByteOrderMark.length(piece) : 0
            mark = mark ?? skipped
            gathered.append(UnsafeRawBufferPointer(rebasing: piece[skipped...]))
            var isLines: Bool?
            switch shape.judge(gathered.bytes, isWhole: false) {
            case .lines: isLines = true
            case .document: isLines = false
            case .undecided: if gathered.count > options.limits.documentBytesMax { isLines = isNamedLines }
            }
            guard let isLines else { continue }
            guard isLines else { return nil }
            let bytes = gathered.bytes
            let start = bytes.firstIndex { !isBlank($0) } ?? 0
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<newline(in: bytes, from: start)])
            return BulkExportFiles.isLogLine(line) ? nil : UInt64(mark ?? 0)
        }
        return nil
    }

    /// Cuts lines into pieces of about `target` bytes: a line belongs to the one in which it begins.
    private func cut(_ content: SourceContent, from start: UInt64, target: UInt64) throws -> [IngestPart.Lines] {
        let access = try WatchedAccess(content, progress: nil, isStopped: isStopped)
        let source = RangeSource(access, start..<access.byteCount, blockBytes: 1 << 20)
        var segments: [IngestPart.Lines] = []
        var segmentStart = start
        var firstLine = 1
        var line = 1
        var offset = start
        while let piece = try source.next() {
            var position = 0
            while position < piece.count {
                let end = newline(in: piece, from: position)
                guard end < piece.count else { break }
                line += 1
                position = end + 1
                let place = offset + UInt64(position)
                if place - segmentStart >= target, place < access.byteCount {
                    segments.append(
                        IngestPart.Lines(
                            bytes: segmentStart..<place, firstLine: firstLine, isFirst: segments.isEmpty))
                    segmentStart = place
                    firstLine = line
                }
            }
            offset += UInt64(piece.count)
        }
        segments.append(
            IngestPart.Lines(
                bytes: segmentStart..<access.byteCount, firstLine: firstLine, isFirst: segments.isEmpty))
        return segments
    }
}

/// Numbers the phases of parts that come in the order of their ranks: parts of one phase hold one rank, or are alone.
private struct PhaseCount {
    private var number = -1
    private var rank: Int?

    mutating func next(_ lowest: Int, _ highest: Int) -> Int {
        if rank != lowest || lowest != highest { number += 1 }
        rank = lowest == highest ? lowest : nil
        return number
    }
}
