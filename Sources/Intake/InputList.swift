internal import Glibc

/// A path of the user, or a file of a folder.
struct Input {
    enum Kind {
        case file, stream, standardInput
    }

    var path: String
    var kind: Kind
    /// Bytes on disk; `nil` for a stream.
    var byteCount: UInt64?
    var rank: Int
    var isNamed: Bool
}

/// Everything the user's paths lead to: folders are walked, sorted by name; links in them are not followed.
struct InputList {
    /// In the order of their ranks, else as named and sorted.
    private(set) var inputs: [Input] = []
    private let rejects: RejectsWriter
    private let skip: (SkippedFile) -> Void
    private static let foldersDeepMax = 128

    init(_ paths: [String], rejects: RejectsWriter, skip: @escaping (SkippedFile) -> Void) throws {
        self.rejects = rejects
        self.skip = skip
        for path in paths { try add(path) }
        let ordered = inputs.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        inputs = ordered.map(\.element)
    }

    private mutating func add(_ path: String) throws {
        if path == "-" {
            inputs.append(Input(path: "-", kind: .standardInput, rank: FileRank.other, isNamed: true))
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            return try reject(path, "can't be opened: \(systemMessage(errno))")
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: append(path, status, isNamed: true)
        case S_IFDIR: try walk(path, root: path, depth: 0)
        case S_IFIFO, S_IFCHR:
            inputs.append(Input(path: path, kind: .stream, rank: FileRank.rank(path), isNamed: true))
        default: try reject(path, "is neither a file nor a folder")
        }
    }

    private mutating func append(_ path: String, _ status: stat, isNamed: Bool) {
        inputs.append(
            Input(
                path: path, kind: .file, byteCount: UInt64(max(status.st_size, 0)), rank: FileRank.rank(path),
                isNamed: isNamed))
    }

    private mutating func walk(_ folder: String, root: String, depth: Int) throws {
        guard depth <= Self.foldersDeepMax else { return try reject(folder, "folders lie too deep in one another") }
        guard let names = Self.names(in: folder) else {
            return try reject(folder, "can't be opened: \(systemMessage(errno))")
        }
        for name in names {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else {
                let isUTF8 = !name.unicodeScalars.contains("\u{FFFD}")
                try reject(path, isUTF8 ? "can't be opened: \(systemMessage(errno))" : "the name is not UTF-8")
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try walk(path, root: root, depth: depth + 1)
            case S_IFLNK: try refuseLink(path, root)
            case S_IFREG where FileName.isSystemFile(name): skip(SkippedFile(file: path, reason: .systemFile))
            case S_IFREG: append(path, status, isNamed: false)
            default: skip(SkippedFile(file: path, reason: .specialFile))
            }
        }
    }

    private func refuseLink(_ path: String, _ root: String) throws {
        if let target = Self.real(path), let home = Self.real(root), target.hasPrefix(home + "/") {
            skip(SkippedFile(file: path, reason: .linkInside))
        } else {
            try rejects.reject(Rejection(Place(file: path), .link, "the link leads out of the folder"))
        }
    }

    private func reject(_ path: String, _ reason: String) throws {
        try rejects.reject(Rejection(Place(file: path), .unreadable, reason))
    }

    private static func names(in folder: String) -> [String]? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// A pipe or device that the user named; closed when released.
final class OpenStream: ByteSource {
    private let descriptor: Int32
    private let source: StreamSource

    init(path: String, progress: ReadingProgress?) throws {
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw IntakeError(.unreadable, "can't be opened: \(systemMessage(errno))") }
        source = StreamSource(descriptor: descriptor, name: path, progress: progress)
    }

    deinit {
        close(descriptor)
    }

    func next() throws -> UnsafeRawBufferPointer? {
        try source.next()
    }
}
