internal import Base
internal import Glibc
internal import Synchronization

/// How many bytes the parts of a data folder take. Walking takes a while, so what was found is kept for some seconds.
final class FolderSizes: Sendable {
    private let parts: [(name: String, path: String)]
    private let known = Mutex<(sizes: [(String, Int)], at: UInt64)?>(nil)

    private static let keptNanoseconds: UInt64 = 10_000_000_000
    /// A folder with more files than this is counted in part.
    private static let filesMax = 100_000
    private static let depthMax = 8

    init(_ folder: DataFolder) {
        parts = [
            ("records", folder.database), ("accounts", folder.accountsDatabase), ("keys", folder.keyFolder),
            ("audit", folder.auditFolder), ("async", folder.asyncAnswers), ("platform", folder.platformDatabase),
            ("uploads", folder.uploads), ("ingests", folder.ingests),
        ]
    }

    /// The bytes of each part that is there.
    func now() -> [(String, Int)] {
        let now = monotonicNanoseconds()
        if let known = known.withLock({ $0 }), now - known.at < Self.keptNanoseconds { return known.sizes }
        var sizes: [(String, Int)] = []
        for part in parts {
            var files = Self.filesMax
            guard let bytes = Self.bytes(part.path, depth: 0, &files) else { continue }
            let more = ["-wal", "-shm"].compactMap { Self.bytes(part.path + $0, depth: 0, &files) }
            sizes.append((part.name, more.reduce(bytes, +)))
        }
        known.withLock { $0 = (sizes, now) }
        return sizes
    }

    /// What a file, or a folder with all that is in it, takes on the disk; `nil` if it is not there.
    private static func bytes(_ path: String, depth: Int, _ files: inout Int) -> Int? {
        var facts = stat()
        guard files > 0, lstat(path, &facts) == 0 else { return nil }
        files -= 1
        var bytes = Int(facts.st_blocks) * 512
        guard facts.st_mode & S_IFMT == S_IFDIR, depth < depthMax else { return bytes }
        for name in (try? FolderListing.names(in: path)) ?? [] {
            bytes += Self.bytes(path + "/" + name, depth: depth + 1, &files) ?? 0
        }
        return bytes
    }
}
