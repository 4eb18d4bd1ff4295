/// A part of a source in place of the user's paths.
extension Walk {
    /// Reads the pieces of a part, in their order.
    func read(_ part: IngestPart, of contents: [SourceContent]) throws {
        walker.progress.begin(bytesTotal: part.byteCount)
        walker.progress.beginInput(bytes: part.byteCount)
        for piece in part.pieces {
            guard contents.indices.contains(piece.file) else {
                throw IntakeError(.source, "the source has fewer files than when it was looked into")
            }
            try read(piece.extent, of: contents[piece.file])
        }
        walker.progress.endInput()
    }

    private func read(_ extent: IngestPart.Extent, of file: SourceContent) throws {
        let access = try WatchedAccess(file, progress: walker.progress, isStopped: walker.isStopped)
        var content = Content(path: file.name, rank: FileRank.rank(file.name), isNamed: true)
        content.statedBytes = access.byteCount
        content.reopen = { AccessSource(access) }
        try guarded(content) {
            switch extent {
            case .whole: try read(content, AccessSource(access), access: access)
            case .lines(let lines): try readLines(content, access, lines)
            case .members(let members): try readMembers(content, access, members)
            }
        }
    }

    private func readLines(_ content: Content, _ access: any RandomAccess, _ lines: IngestPart.Lines) throws {
        guard lines.bytes.upperBound <= access.byteCount else {
            throw IntakeError(.source, "the source is shorter than when it was looked into")
        }
        let splitter = LineSplitter(
            file: beginFile(content, isCounted: lines.isFirst), offset: lines.bytes.lowerBound, line: lines.firstLine,
            limits: limits, outlet: outlet, rejects: rejects)
        let source = RangeSource(access, lines.bytes)
        while let piece = try source.next() { try splitter.feed(piece) }
        try splitter.finish()
    }

    private func readMembers(_ content: Content, _ access: any RandomAccess, _ members: IngestPart.Members) throws {
        let slice = try ZipSlice(access, start: members.directoryStart, runs: members.runs)
        var reading = ZipReading(content: content, access: slice, isWhole: true)
        reading.slice = ZipSliceNames(
            zip: slice, copies: Dictionary(members.copies.map { ($0.member, $0.ordinal) }) { first, _ in first })
        // What stops it short was rejected with its place.
        guard try readMembers(&reading, rank: nil) else { return }
        guard reading.seen == slice.count else {
            throw IntakeError(.source, "the zip's list of contents is not what it was")
        }
    }
}

/// Gives members of a part of a zip the numbers and paths that they have in the whole.
struct ZipSliceNames {
    let zip: ZipSlice
    let copies: [Int: Int]

    func path(of member: ArchiveMember, in content: Content) -> String {
        MemberNames.path(member.name, copies[zip.number(member.number)] ?? 1, in: content)
    }
}
