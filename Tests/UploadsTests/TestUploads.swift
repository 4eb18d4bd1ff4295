import Access
import Base
import Foundation
import SQLDatabase
import Synchronization
import Testing
import Uploads
import Vault

/// A clock that stands still until it is told to go on.
final class ManualClock: Base.Clock, Sendable {
    private let time = Mutex(Instant(microseconds: 1_790_000_000_000_000))

    func now() -> Instant { time.withLock { $0 } }

    func advance(_ seconds: Double) { time.withLock { $0 = $0.advanced(bySeconds: seconds) } }
}

/// A database that is told how many writes it still has room for.
final class FillingDatabase: SQLDatabase, Sendable {
    private let inner: SQLiteDatabase
    private let left = Mutex(Int.max)
    private let refusals = Atomic<Int>(0)

    /// Whether a write was refused so far.
    var wasFull: Bool { refusals.load(ordering: .sequentiallyConsistent) > 0 }

    init(_ inner: SQLiteDatabase) { self.inner = inner }

    func setWritesLeft(_ count: Int) { left.withLock { $0 = count } }

    var dialect: SQLDialect { inner.dialect }

    func write<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        let mayWrite = left.withLock { left in
            if left < .max { left -= 1 }
            return left >= 0
        }
        return try inner.write { connection in
            let result = try body(connection)
            guard mayWrite else {
                refusals.add(1, ordering: .sequentiallyConsistent)
                throw SQLError(code: .full, detail: "the disk is full")
            }
            return result
        }
    }

    func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result { try inner.read(body) }
    func readTransaction<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
        try inner.readTransaction(body)
    }
    func overwriteDeleted() throws { try inner.overwriteDeleted() }
    func emptyJournal() throws { try inner.emptyJournal() }
    func compact() throws { try inner.compact() }
    func verify() throws { try inner.verify() }
    func bytesOnDisk() throws -> Int { try inner.bytesOnDisk() }
    func close() throws { try inner.close() }
}

/// Uploads in a folder of their own.
final class TestUploads {
    let folder: String
    let uploadFolder: String
    let clock = ManualClock()
    let database: FillingDatabase
    let vault: Vault
    private(set) var store: UploadStore
    private let databases: [SQLiteDatabase]
    private let options: UploadOptions
    /// The uploads that what takes them in was told of.
    let begun = BegunUploads()

    static let other = TenantName("other") ?? .standard

    init(uploadFolder: String? = nil, _ change: (inout UploadOptions) -> Void = { _ in }) throws {
        folder = NSTemporaryDirectory() + "martlet-uploads-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let keys = try SQLiteDatabase(path: folder + "/keys.db")
        let data = try SQLiteDatabase(path: folder + "/platform.db")
        databases = [keys, data]
        database = FillingDatabase(data)
        vault = try Vault(store: keys, masterKey: SecretKey.random())
        self.uploadFolder = uploadFolder ?? folder + "/uploads"
        var options = UploadOptions()
        options.syncs = false
        options.freeBytesMin = 0
        change(&options)
        self.options = options
        store = try UploadStore(
            database: database, vault: vault, folder: self.uploadFolder, clock: clock, options: options)
        try start()
    }

    deinit {
        store.stop()
        for database in databases { try? database.close() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func start() throws {
        let report: @Sendable (any Error) -> Void = { [database] error in
            // What the store does by itself may come upon a disk that a test has filled.
            if database.wasFull, (error as? UploadError)?.code == .diskFull { return }
            Issue.record("by itself: \(error)")
        }
        try store.start(report: report) { [begun] upload, _ in
            begun.add(upload)
            return "ingest-of-\(upload.id)"
        }
    }

    /// As after a process that was killed.
    func reopen() throws {
        store.stop()
        store = try UploadStore(
            database: database, vault: vault, folder: uploadFolder, clock: clock, options: options)
        try start()
    }

    func begin(
        tenant: TenantName = .standard, _ change: (inout NewUpload) -> Void = { _ in }
    ) throws -> Upload {
        var facts = NewUpload(fileName: "records.zip")
        change(&facts)
        return try store.begin(facts, tenant: tenant, owner: "client/push")
    }

    func writer(
        _ id: UploadID, _ number: Int, _ bytes: [UInt8], digests: PartDigests? = nil, replaces: Bool = false,
        stated: Int? = nil
    ) throws -> PartWriter {
        let opening = try store.beginPart(
            id, number: number, statedBytes: UInt64(stated ?? bytes.count),
            digests: digests ?? PartDigests(md5: nil, sha256: Self.sha256(bytes)), replaces: replaces,
            tenant: .standard)
        guard case .writer(let writer) = opening else { throw UploadError(.closed, "the part is there") }
        return writer
    }

    @discardableResult
    func put(
        _ id: UploadID, _ number: Int, _ bytes: [UInt8], digests: PartDigests? = nil, replaces: Bool = false,
        stated: Int? = nil
    ) throws -> Part {
        let opening = try store.beginPart(
            id, number: number, statedBytes: UInt64(stated ?? bytes.count),
            digests: digests ?? PartDigests(md5: nil, sha256: Self.sha256(bytes)), replaces: replaces,
            tenant: .standard)
        switch opening {
        case .present(let part): return part
        case .writer(let writer):
            do {
                try Self.write(bytes, to: writer)
            } catch {
                writer.abandon()
                throw error
            }
            return try writer.finish().part
        }
    }

    static func write(_ bytes: [UInt8], to writer: PartWriter, pieceBytes: Int = 100_003) throws {
        var start = 0
        while start < bytes.count {
            let end = min(start + pieceBytes, bytes.count)
            try bytes[start..<end].withUnsafeBytes { try writer.write($0) }
            start = end
        }
    }

    func complete(_ id: UploadID) throws -> Upload {
        try store.complete(id, tenant: .standard, waitMilliseconds: 20_000)
    }

    func state(_ id: UploadID) throws -> Upload.State? { try store.upload(id, tenant: .standard)?.state }

    /// The code of what a call throws.
    func code(_ body: () throws -> Void) -> UploadError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? UploadError)?.code
        }
    }

    /// Paths of all files of parts.
    var files: [String] {
        (FileManager.default.enumerator(atPath: uploadFolder)?.allObjects as? [String] ?? [])
            .filter { $0.contains("/") }.map { uploadFolder + "/" + $0 }
    }

    static func sha256(_ bytes: [UInt8]) -> [UInt8]? {
        let digest = try? StreamDigest(.sha256)
        bytes.withUnsafeBytes { try? digest?.update($0) }
        return try? digest?.finish()
    }

    static func md5(_ bytes: [UInt8]) -> [UInt8]? {
        let digest = try? StreamDigest(.md5)
        bytes.withUnsafeBytes { try? digest?.update($0) }
        return try? digest?.finish()
    }

    static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    func read(_ content: UploadContent, at offset: UInt64 = 0, count: Int? = nil) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count ?? Int(content.byteCount - offset))
        let done = try bytes.withUnsafeMutableBytes { try content.read(into: $0, at: offset) }
        return Array(bytes.prefix(done))
    }
}

final class BegunUploads: Sendable {
    private let uploads = Mutex<[Upload]>([])

    func add(_ upload: Upload) { uploads.withLock { $0.append(upload) } }
    var all: [Upload] { uploads.withLock { $0 } }
}
