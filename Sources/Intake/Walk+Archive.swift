/// Zip, tar and compressed files.
extension Walk {
    /// Reads a zip by its list of contents, rank by rank where its order doesn't agree with the ranks. Where the list is
    /// missing or doesn't name what it says it does, reads from the front, and says so.
    func readZip(_ content: Content, _ access: any RandomAccess) throws {
        let stated = try ZipTail.statedMembers(access)
        if stated == 0, try ZipTail.isAll(access) { return try reject(content, .empty, "the zip is empty") }
        let list = stated == nil ? nil : listZip(access)
        let isWhole = stated != nil && stated != 0 && list?.count == stated
        var reading = ZipReading(content: content, access: access, isWhole: isWhole)
        for rank in isWhole ? list?.ranks ?? [nil] : [nil] {
            guard try readMembers(&reading, rank: rank) else { return }
        }
        if let stated, !isWhole {
            let reason = "the zip's list of contents is damaged: it states \(stated) members"
            try reject(content, .damaged, "\(reason); \(reading.seen) could be found without it")
        } else if !isWhole {
            let reason = "the zip is cut off: its list of contents is missing; \(reading.seen) members could be found"
            try reject(content, .truncated, reason)
        }
    }

    struct ZipReading {
        let content: Content
        let access: any RandomAccess
        let isWhole: Bool
        /// Where only a part of the zip is read.
        var slice: ZipSliceNames?
        /// Members met in the last pass.
        var seen = 0
        var reopens = 0

        var format: ArchiveReader.Format { isWhole ? .zip : .zipFromFront }

        /// What the reader calls number `number`, as the whole zip numbers it.
        func number(_ number: Int) -> Int { slice?.zip.number(number) ?? number }
    }

    /// How many members a zip's list of contents names, and the ranks to read one after the other: a single `nil` where
    /// one pass in stored order does. `nil` where it can't be read.
    private func listZip(_ access: any RandomAccess) -> (count: UInt64, ranks: [Int?])? {
        var count: UInt64 = 0
        var present: Set<Int> = []
        var last = Int.min
        var isSorted = true
        do {
            let reader = try ArchiveReader(access, format: .zip, limits: limits, budget: budget)
            while let member = try reader.nextMember() {
                count += 1
                if member.kind == .folder { continue }
                let rank = FileRank.rank(member.name)
                isSorted = isSorted && rank >= last
                last = rank
                present.insert(rank)
            }
        } catch {
            return nil
        }
        return (count, isSorted ? [nil] : present.sorted())
    }

    /// Reads the members of one rank, or all. Returns false where nothing more may be read of the archive.
    func readMembers(_ reading: inout ZipReading, rank: Int?) throws -> Bool {
        var next = 1
        var names = MemberNames()
        let content = reading.content
        while true {
            let reader = try ArchiveReader(reading.access, format: reading.format, limits: limits, budget: budget)
            do {
                while !reader.isDead, let member = try reader.nextMember() {
                    guard member.number >= next else { continue }
                    next = member.number + 1
                    reading.seen = member.number
                    let path = reading.slice?.path(of: member, in: content) ?? names.path(of: member, in: content)
                    let itsRank = FileRank.rank(member.name)
                    if let rank, rank != itsRank { continue }
                    let inner = Content(
                        path: path, rank: itsRank, nesting: content.nesting + 1, member: reading.number(member.number),
                        statedBytes: member.statedBytes,
                        reopen: reading.isWhole ? reopening(reading.access, member.number) : nil)
                    try readMember(member, inner, reader)
                }
            } catch let error as IntakeError where !error.stopsRun {
                try reject(
                    content, Rejection.Code(error.code), "\(error.detail), after member \(reading.number(next - 1))")
                return false
            }
            if !reader.isDead { return true }
            reading.reopens += 1
            if reader.isRefused || reading.reopens > limits.reopensMax {
                try reject(
                    content, .damaged, "the members after number \(reading.number(next - 1)) are not read any more")
                return false
            }
        }
    }

    /// Opens a member of a zip anew. The list of contents leads there without unpacking what lies before.
    private func reopening(_ access: any RandomAccess, _ number: Int) -> () throws -> any ByteSource {
        { [limits, budget] in
            let reader = try ArchiveReader(access, format: .zip, limits: limits, budget: budget)
            while let member = try reader.nextMember() {
                if member.number == number { return MemberSource(reader) }
            }
            throw IntakeError(.archive, "member \(number) is not found a second time")
        }
    }

    func readMember(_ member: ArchiveMember, _ content: Content, _ reader: ArchiveReader) throws {
        if let fault = member.nameFault { return try reject(content, .unsafeName, fault) }
        switch member.kind {
        case .folder: return
        case .link: return try reject(content, .link, "the member is a link")
        case .special: return try reject(content, .link, "the member is a device or a pipe")
        case .file: break
        }
        if FileName.isSystemFile(member.name) {
            return skip(SkippedFile(file: content.path, reason: .systemFile))
        }
        if member.isEncrypted { return try reject(content, .encrypted, "the member needs a password") }
        try guarded(content) { try read(content, MemberSource(reader)) }
    }

    /// Reads a tar in stored order.
    func readTar(_ content: Content, _ reader: ArchiveReader, first: ArchiveMember? = nil) throws {
        var names = MemberNames()
        var waiting = first
        var seen = 0
        do {
            while let member = try waiting ?? reader.nextMember() {
                waiting = nil
                seen = member.number
                let inner = Content(
                    path: names.path(of: member, in: content), rank: FileRank.rank(member.name),
                    nesting: content.nesting + 1, member: member.number, statedBytes: member.statedBytes)
                try readMember(member, inner, reader)
            }
        } catch let error as IntakeError where !error.stopsRun {
            return try reject(content, Rejection.Code(error.code), "\(error.detail), after member \(seen)")
        }
        if seen == 0 { try reject(content, .empty, "the archive is empty") }
        if reader.isDead {
            try reject(content, .damaged, "the members after number \(seen) can't be read")
        }
    }

    /// Reads a gzip or zstd file: what is inside may be a tar, or a single file of any kind.
    func readCompressed(_ content: Content, _ source: any ByteSource, _ access: (any RandomAccess)?) throws {
        let reader = try open(.compressed, content, source, access)
        guard let first = try reader.nextMember() else { return try reject(content, .empty, "the file is empty") }
        guard reader.isSingleFile else { return try readTar(content, reader, first: first) }
        var inner = content
        inner.nesting += 1
        inner.statedBytes = nil
        inner.reopen = access.map { access in
            { [limits, budget] in
                let again = try ArchiveReader(access, format: .compressed, limits: limits, budget: budget)
                _ = try again.nextMember()
                return MemberSource(again)
            }
        }
        try read(inner, MemberSource(reader))
    }
}

/// Gives members of one name different paths.
struct MemberNames {
    private var seen: [Int: Int] = [:]

    /// Which member of its name the next one is, from 1.
    mutating func ordinal(of name: String) -> Int {
        let count = seen[name.hashValue, default: 0] + 1
        seen[name.hashValue] = count
        return count
    }

    mutating func path(of member: ArchiveMember, in content: Content) -> String {
        Self.path(member.name, ordinal(of: member.name), in: content)
    }

    static func path(_ name: String, _ ordinal: Int, in content: Content) -> String {
        let path = content.path + "!/" + name
        return ordinal == 1 ? path : path + "#\(ordinal)"
    }
}
