/// What a zip that can be cut holds.
struct ZipSurvey {
    struct Member {
        var rank: UInt8
        /// Folders are not read.
        var isRead: Bool
        var packedBytes: UInt64
        var weight: UInt64
    }

    private let directory: ZipDirectory
    /// In stored order.
    let members: [Member]
    /// Which member of its name a member is, by its number, where it is not the first.
    private let copies: [Int: Int]

    /// What a member takes beside its bytes.
    private static let memberWeight: UInt64 = 2 << 10

    /// - Returns: `nil` where the zip can't be cut.
    /// - Throws: `IntakeError` that stops a run.
    init?(_ access: any RandomAccess, limits: IntakeLimits) throws {
        guard let directory = try ZipDirectory(access, membersMax: limits.membersMax),
            let list = try Self.list(access, limits), list.members.count == directory.members.count
        else { return nil }
        self.directory = directory
        copies = list.copies
        members = zip(directory.members, list.members).map { stored, listed in
            // A stated length is not to be trusted: what a member can honestly unpack to bounds it.
            let (most, isOver) = stored.packedBytes.multipliedReportingOverflow(by: 1024)
            let honest = min(stored.unpackedBytes, isOver ? stored.packedBytes : most)
            return Member(
                rank: listed.rank, isRead: listed.isRead, packedBytes: stored.packedBytes,
                weight: max(stored.packedBytes, honest) + Self.memberWeight)
        }
        guard members.contains(where: \.isRead) else { return nil }
    }

    var weight: UInt64 { members.reduce(0) { $1.isRead ? $0 + $1.weight : $0 } }

    /// What a part of the zip needs to know to read some members.
    /// - Parameter indices: in rising order.
    func part(of indices: [Int]) -> IngestPart.Members {
        var runs: [ZipSlice.Run] = []
        for index in indices {
            let member = directory.members[index]
            if var run = runs.last, run.first + run.count == index + 1,
                run.recordOffset + run.recordBytes == member.recordOffset
            {
                run.count += 1
                run.recordBytes += UInt64(member.recordBytes)
                runs[runs.count - 1] = run
            } else {
                runs.append(
                    ZipSlice.Run(
                        first: index + 1, count: 1, recordOffset: member.recordOffset,
                        recordBytes: UInt64(member.recordBytes)))
            }
        }
        let shared =
            copies.isEmpty
            ? []
            : indices.compactMap { index in
                copies[index + 1].map { IngestPart.Copy(member: index + 1, ordinal: $0) }
            }
        return IngestPart.Members(directoryStart: directory.start, runs: runs, copies: shared)
    }

    private struct Listing {
        var members: [(rank: UInt8, isRead: Bool)] = []
        var copies: [Int: Int] = [:]
    }

    /// The members as libarchive names and numbers them; `nil` where it can't read them all.
    private static func list(_ access: any RandomAccess, _ limits: IntakeLimits) throws -> Listing? {
        var listing = Listing()
        var names = MemberNames()
        do {
            let budget = UnpackBudget(bytesMax: limits.unpackedBytesMax)
            let reader = try ArchiveReader(
                access, format: .zip, limits: limits, budget: budget, blockBytes: 4 << 10)
            while let member = try reader.nextMember() {
                listing.members.append((UInt8(clamping: FileRank.rank(member.name)), member.kind != .folder))
                let ordinal = names.ordinal(of: member.name)
                if ordinal > 1 { listing.copies[member.number] = ordinal }
            }
        } catch let error as IntakeError where !error.stopsRun {
            return nil
        }
        return listing
    }
}
