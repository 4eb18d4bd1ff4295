internal import Base
internal import Glibc
internal import Vault

/// Where the files of one pull lie, each under its number.
struct PullFolder: Sendable {
    let path: String
    private let id: String
    private let key: SecretKey

    /// - Throws: `BulkDataError.storage`.
    init(root: String, id: String, key: SecretKey) throws(BulkDataError) {
        path = root + "/" + id
        self.id = id
        self.key = key
        for folder in [root, path] where mkdir(folder, 0o700) != 0 && errno != EEXIST {
            throw Self.failure("making a folder")
        }
    }

    func file(_ number: Int) throws(BulkDataError) -> SealedPullFile {
        try SealedPullFile(path: path(number), seal: seal(number))
    }

    func reader(_ number: Int) throws(BulkDataError) -> SealedPullReader {
        try SealedPullReader(path: path(number), seal: seal(number))
    }

    private func path(_ number: Int) -> String { "\(path)/\(number)" }

    private func seal(_ number: Int) throws(BulkDataError) -> PullFileSeal {
        try PullFileSeal(key: key, place: "pull \(id) file \(number)")
    }

    /// The numbers of the files of which something is here.
    var numbers: Set<Int> { Set(Self.names(in: path).compactMap(Self.number)) }

    private static func number(_ name: String) -> Int? {
        name.hasSuffix(".part") ? Int(name.dropLast(5)) : Int(name)
    }

    /// Removes the files that are none of these.
    func removeAll(but kept: Set<Int>) {
        for name in Self.names(in: path) {
            if let number = Self.number(name), kept.contains(number) { continue }
            unlink(path + "/" + name)
        }
    }

    static func remove(root: String, id: String) {
        let path = root + "/" + id
        for name in names(in: path) { unlink(path + "/" + name) }
        rmdir(path)
    }

    static func names(in folder: String) -> [String] {
        guard let entries = opendir(folder) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// Makes what a folder lists durable.
    static func makeDurable(_ folder: String) throws(BulkDataError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("opening a folder") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("writing a folder") }
    }

    /// Reads that many bytes; `false` if there are fewer.
    static func read(_ count: Int, at offset: Int, from descriptor: Int32, into writer: ByteWriter) -> Bool {
        writer.reserve(count)
        let start = writer.count
        while writer.count < start + count {
            let done = writer.count - start
            let got = pread(descriptor, writer.base + writer.count, count - done, off_t(offset + done))
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { return false }
            writer.count += got
        }
        return true
    }

    static func failure(_ what: String) -> BulkDataError {
        BulkDataError(.storage, "\(what) of a pull failed: \(String(cString: strerror(errno)))")
    }
}
