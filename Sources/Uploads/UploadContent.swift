internal import Base
internal import Glibc
internal import Vault

/// The bytes of a complete upload, at random. Any number of threads may read at once.
package final class UploadContent: @unchecked Sendable {
    // Safe to share: the readers that are free are used under `lock`; the rest never changes.

    /// A part within the whole.
    struct Piece {
        let start: UInt64
        let row: PartRow
        let path: String
    }

    /// How many bytes there are.
    package let byteCount: UInt64
    private let id: UploadID
    private let key: SecretKey
    private let pieces: [Piece]
    private let lock = Lock()
    private var free: [PieceReader] = []

    /// Readers that are kept for the next who asks; each has two chunks of memory.
    private static let freeMax = 8

    init(_ id: UploadID, key: SecretKey, parts: [(part: PartRow, path: String)]) {
        self.id = id
        self.key = key
        var start: UInt64 = 0
        var pieces: [Piece] = []
        pieces.reserveCapacity(parts.count)
        for (part, path) in parts where part.part.size > 0 {
            pieces.append(Piece(start: start, row: part, path: path))
            start += part.part.size
        }
        self.pieces = pieces
        byteCount = start
    }

    /// Reads from a place on. Cheapest where one thread reads on from where it was.
    /// - Returns: how many bytes were read: as many as there is room for, fewer only at the end.
    /// - Throws: `UploadError.damaged` if a part is not what was written, `.storage`.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int {
        var reader = takeReader(for: offset)
        defer { if let reader { give(reader) } }
        var done = 0
        while done < buffer.count, offset + UInt64(done) < byteCount {
            let place = offset + UInt64(done)
            let piece = pieces[index(of: place)]
            if reader?.token != piece.row.token { reader = try PieceReader(id, piece, key: key) }
            guard let reader else { break }
            let source = try reader.bytes(at: place - piece.start)
            let count = min(buffer.count - done, source.count)
            UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
            done += count
        }
        return done
    }

    /// The last piece that begins at or before a place.
    private func index(of place: UInt64) -> Int {
        var low = 0
        var high = pieces.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces[middle].start <= place { low = middle } else { high = middle }
        }
        return low
    }

    private func takeReader(for offset: UInt64) -> PieceReader? {
        guard offset < byteCount else { return nil }
        let piece = pieces[index(of: offset)]
        return lock.withLock {
            let same = free.indices.filter { free[$0].token == piece.row.token }
            let chosen = same.first { free[$0].holds(offset - piece.start) } ?? same.first
            return chosen.map { free.remove(at: $0) }
        }
    }

    private func give(_ reader: PieceReader) {
        lock.withLock {
            if free.count == Self.freeMax { free.removeFirst() }
            free.append(reader)
        }
    }
}

/// Reads the chunks of one part. Used by one thread at a time.
private final class PieceReader {
    let token: Int64
    private let number: Int
    private let size: UInt64
    private let descriptor: Int32
    private var seal: PartSeal
    private let sealed = ByteWriter(capacity: PartSeal.sealedChunkBytes)
    private let opened = ByteWriter(capacity: PartSeal.chunkBytes + 16)
    private var openedChunk: UInt64?

    init(_ id: UploadID, _ piece: UploadContent.Piece, key: SecretKey) throws {
        token = piece.row.token
        number = piece.row.part.number
        size = piece.row.part.size
        seal = try PartSeal(id, number: number, token: token, key: key)
        descriptor = Glibc.open(piece.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT else { throw UploadError(.damaged, "Part \(number) is not on the disk any more.") }
            throw FileSystem.failure("a part can't be opened")
        }
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
        opened.wipe()
    }

    func holds(_ offset: UInt64) -> Bool { openedChunk == offset / UInt64(PartSeal.chunkBytes) }

    /// The bytes from an offset to the end of its chunk; valid until the next call.
    func bytes(at offset: UInt64) throws -> UnsafeRawBufferPointer {
        let chunk = offset / UInt64(PartSeal.chunkBytes)
        let start = Int(offset % UInt64(PartSeal.chunkBytes))
        if openedChunk != chunk { try open(chunk) }
        return UnsafeRawBufferPointer(rebasing: opened.bytes[start...])
    }

    private func open(_ chunk: UInt64) throws {
        openedChunk = nil
        let plainCount = Int(min(UInt64(PartSeal.chunkBytes), size - chunk * UInt64(PartSeal.chunkBytes)))
        let count = plainCount + Sealer.overheadBytes
        sealed.removeAll()
        sealed.reserve(count)
        while sealed.count < count {
            let place = off_t(chunk) * off_t(PartSeal.sealedChunkBytes) + off_t(sealed.count)
            let read = pread(descriptor, sealed.base + sealed.count, count - sealed.count, place)
            if read < 0 && errno == EINTR { continue }
            guard read >= 0 else { throw FileSystem.failure("a part can't be read") }
            guard read > 0 else { throw UploadError(.damaged, "Part \(number) is cut short on the disk.") }
            sealed.count += read
        }
        opened.removeAll()
        do {
            try seal.open(sealed.bytes, chunk: chunk, into: opened)
        } catch {
            throw UploadError(.damaged, "Part \(number) on the disk is not what was written.", cause: error)
        }
        openedChunk = chunk
    }
}
