internal import Glibc
internal import Push

/// What is pushed, in order: files that go as they are, and zips of those that would take more of the line than they
/// need.
struct PushInputs {
    /// One file for the server.
    enum Item {
        /// Goes as it is.
        case file(path: String)
        /// Goes in a zip.
        case zip(name: String, members: [Member])

        /// How people know it.
        var label: String {
            switch self {
            case .file(let path): path.split(separator: "/").last.map(String.init) ?? path
            case .zip(let name, _): name
            }
        }
    }

    /// A file in a zip.
    struct Member {
        var path: String
        /// Its name in the zip.
        var name: String
        var byteCount: Int
    }

    let items: [Item]

    /// Bytes of a zip's members together; more of them make another zip.
    static let zipBytesMax = 2 << 30
    /// A larger file goes as it is: it would have to be held in memory.
    private static let memberBytesMax = 256 << 20
    private static let membersMax = 60_000
    private static let depthMax = 64
    private static let packed: Set<String> = ["zip", "gz", "tgz", "zst", "tar", "bz2", "xz", "7z"]

    /// - Throws: `MartletError.input` if a path leads nowhere, or nowhere to a file.
    init(_ paths: [String]) throws(MartletError) {
        var found: [Item] = []
        var loose: [Member] = []
        for path in paths {
            var facts = stat()
            guard stat(path, &facts) == 0, access(path, R_OK) == 0 else {
                throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
            }
            if facts.st_mode & S_IFMT == S_IFDIR {
                var (files, members): ([Item], [Member]) = ([], [])
                try Self.walk(path, "", 0, &files, &members)
                found += files + Self.zips(Self.name(of: path), members)
            } else if Self.goesAsItIs(path, Int(facts.st_size)) {
                found.append(.file(path: path))
            } else {
                loose.append(Member(path: path, name: Self.name(of: path), byteCount: Int(facts.st_size)))
            }
        }
        // Two of the same name would be one in the zip.
        let isUnique = Set(loose.map(\.name)).count == loose.count
        found += isUnique ? Self.zips("files", loose) : loose.map { .file(path: $0.path) }
        items = found
    }

    private static func walk(
        _ folder: String, _ prefix: String, _ depth: Int, _ files: inout [Item], _ members: inout [Member]
    ) throws(MartletError) {
        guard depth <= depthMax else { throw MartletError(.input, "\(folder) nests too deep") }
        for name in try FolderListing.names(in: folder) where !isSystemFile(name) {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            var facts = stat()
            guard lstat(path, &facts) == 0 else {
                throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
            }
            switch facts.st_mode & S_IFMT {
            case S_IFDIR: try walk(path, prefix + name + "/", depth + 1, &files, &members)
            case S_IFREG where facts.st_size == 0: continue
            case S_IFREG where goesAsItIs(path, Int(facts.st_size)): files.append(.file(path: path))
            case S_IFREG:
                members.append(Member(path: path, name: prefix + name, byteCount: Int(facts.st_size)))
            default: continue
            }
        }
    }

    private static func zips(_ name: String, _ members: [Member]) -> [Item] {
        var groups: [[Member]] = []
        var bytes = 0
        for member in members {
            let isFull = bytes + member.byteCount > zipBytesMax || groups.last.map { $0.count >= membersMax } ?? true
            if isFull {
                groups.append([])
                bytes = 0
            }
            groups[groups.count - 1].append(member)
            bytes += member.byteCount
        }
        return groups.enumerated().map { index, members in
            .zip(name: index == 0 ? name + ".zip" : "\(name)-\(index + 1).zip", members: members)
        }
    }

    private static func goesAsItIs(_ path: String, _ byteCount: Int) -> Bool {
        let parts = name(of: path).lowercased().split(separator: ".")
        return byteCount > memberBytesMax
            || (parts.count > 1 && parts.last.map { packed.contains(String($0)) } ?? false)
    }

    private static func name(of path: String) -> String {
        let name = path.split(separator: "/").last { $0 != "." && $0 != ".." }
        return name.map(String.init) ?? "folder"
    }

    private static func isSystemFile(_ name: String) -> Bool {
        name.hasPrefix(".") || name == "__MACOSX" || name == "Thumbs.db" || name == "desktop.ini"
    }
}
