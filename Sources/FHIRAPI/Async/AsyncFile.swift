internal import Base
internal import Compression
internal import Glibc
internal import Vault

/// Writes one file of an export: lines, in pieces that are compressed and sealed each. Used by one thread.
final class AsyncFileWriter {
    /// Lines that wait for their piece to be whole.
    private(set) var pending = ByteWriter(capacity: 4 << 10)
    private(set) var count = 0
    private let name: String
    private let type: String
    private let content: AsyncJob.File.Content
    private let path: String
    private let descriptor: Int32
    private let seal: AsyncSeal
    private var pieces = 0

    /// Plain bytes of a piece, unless one line alone has more.
    private static let pieceBytes = 256 << 10
    /// Memory for a larger line is given back.
    private static let keptBytesMax = 1 << 20

    /// - Throws: `FHIRAPIError.storageFull`, `.failed`.
    init(
        _ name: String, type: String, content: AsyncJob.File.Content, in folder: String, seal: AsyncSeal
    ) throws {
        self.name = name
        self.type = type
        self.content = content
        self.seal = seal
        path = folder + "/" + name
        descriptor = open(path + ".part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw AsyncFolder.failure() }
    }

    deinit {
        close(descriptor)
    }

    /// Ends the line that was written to `pending`.
    @inline(__always)
    func endLine() throws {
        pending.write(UInt8(ascii: "\n"))
        count += 1
        if pending.count >= Self.pieceBytes { try writeOut() }
    }

    private func writeOut() throws {
        try seal.seal(pending.bytes, file: name, piece: pieces, to: descriptor)
        pieces += 1
        if pending.capacity > Self.keptBytesMax {
            pending.wipe()
            pending = ByteWriter(capacity: Self.pieceBytes)
        } else {
            pending.removeAll()
        }
    }

    /// Writes what waits and gives the file its name, durable but for the folder's listing.
    func finish() throws -> AsyncJob.File {
        if pending.count > 0 { try writeOut() }
        guard fsync(descriptor) == 0, rename(path + ".part", path) == 0 else { throw AsyncFolder.failure() }
        return AsyncJob.File(name: name, type: type, content: content, count: count, pieces: pieces)
    }
}

/// Compresses and seals the pieces of an export's files, and opens them. One a thread.
final class AsyncSeal {
    private let id: String
    private let key: SecretKey
    private let sealer: Sealer
    private let coder: ContentCoder
    private let compressed = ByteWriter(capacity: 64 << 10)
    private let sealed = ByteWriter(capacity: 64 << 10)

    /// The largest piece: one line of the largest resource.
    private static let pieceBytesMax = 256 << 20

    init(_ job: AsyncJob) throws {
        id = job.id
        key = job.key
        sealer = try Sealer()
        coder = try ContentCoder()
    }

    /// A piece is bound to its place.
    private func withContext(
        _ file: String, _ piece: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        let context = Array("export \(id) \(file) \(piece)".utf8)
        try context.withUnsafeBytes(body)
    }

    func seal(_ plain: UnsafeRawBufferPointer, file: String, piece: Int, to descriptor: Int32) throws {
        compressed.removeAll()
        try coder.encode(plain, as: .zstd, to: compressed)
        sealed.removeAll()
        sealed.writeLittleEndian(UInt32(compressed.count + Sealer.overheadBytes))
        try withContext(file, piece) { try sealer.seal(compressed.bytes, key: key, context: $0, into: sealed) }
        try AsyncFolder.write(sealed.bytes, to: descriptor)
    }

    func open(_ descriptor: Int32, file: String, piece: Int, to writer: ByteWriter) throws {
        let damaged = FHIRAPIError(
            .failed, .exception, "The file of the export is damaged.",
            cause: AsyncFileError(detail: "piece \(piece) of \(file) in the export \(id) is damaged"))
        sealed.removeAll()
        guard AsyncFolder.read(4, from: descriptor, into: sealed) else { throw damaged }
        let size = Int(UInt32(littleEndian: sealed.bytes.loadUnaligned(as: UInt32.self)))
        sealed.removeAll()
        guard size <= Self.pieceBytesMax, AsyncFolder.read(size, from: descriptor, into: sealed) else { throw damaged }
        compressed.removeAll()
        try withContext(file, piece) { try sealer.open(sealed.bytes, key: key, context: $0, into: compressed) }
        try coder.decode(compressed.bytes, as: .zstd, bytesMax: Self.pieceBytesMax, to: writer)
    }
}

/// Reads one file of an export from its beginning, for one download. Used by one thread at a time.
final class AsyncFileReader: @unchecked Sendable {
    // Safe to share: a download is read by one thread at a time.
    private let file: AsyncJob.File
    private let descriptor: Int32
    private let seal: AsyncSeal
    private let gzip: GzipStream?
    private let plain = ByteWriter(capacity: 256 << 10)
    private let coded = ByteWriter(capacity: 64 << 10)
    private var piece = 0
    private var hasEnded = false

    /// - Parameter isCoded: whether what is read is a gzip stream.
    init(_ file: AsyncJob.File, of job: AsyncJob, in folder: AsyncFolder, isCoded: Bool) throws {
        self.file = file
        seal = try AsyncSeal(job)
        gzip = isCoded ? try GzipStream() : nil
        descriptor = open(folder.path(of: job) + "/" + file.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw FHIRAPIError(.notFound, .notFound, "The export is not there any more.")
        }
    }

    deinit {
        close(descriptor)
        plain.wipe()
    }

    /// The next bytes; `nil` at the end.
    func next() throws -> [UInt8]? {
        while !hasEnded {
            coded.removeAll()
            plain.removeAll()
            if piece < file.pieces {
                try seal.open(descriptor, file: file.name, piece: piece, to: plain)
                piece += 1
                guard let gzip else { return plain.copy() }
                try gzip.append(plain.bytes, to: coded)
            } else {
                hasEnded = true
                try gzip?.finish(to: coded)
            }
            if coded.count > 0 { return coded.copy() }
        }
        return nil
    }
}
