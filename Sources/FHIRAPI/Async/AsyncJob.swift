internal import Access
internal import Base
internal import Vault

/// What is known of an answer that is made later: everything that it takes to go on with it after a restart.
struct AsyncJob: Sendable {
    /// What is made.
    enum Work: Sendable {
        case export(ExportState)
        case request(DeferredRequest)
    }

    enum Phase: UInt8, Sendable {
        case running = 1
        case complete = 2
        case failed = 3
    }

    /// A file that is whole.
    struct File: Sendable, Equatable {
        enum Content: UInt8, Sendable {
            case resources = 1
            case deletions = 2
            case problems = 3
        }

        /// As its address and the folder name it: `Patient.1.ndjson`.
        var name: String
        var type: String
        var content: Content
        /// Lines.
        var count: Int
        /// Sealed pieces; with fewer the file was cut.
        var pieces: Int
    }

    let id: String
    /// Who asked for it, and with what authority it is made.
    let scope: AccessScope
    /// The address that was asked.
    let url: String
    /// This server's address as the client reached it.
    let base: String
    /// The moment whose state the answer shows.
    let transactionTime: Instant
    /// The last entry of the log at that moment.
    let point: UInt64
    /// What the pieces of its files are sealed with.
    let key: SecretKey
    var work: Work
    var phase = Phase.running
    var files: [File] = []
    /// Why it failed, in words for the client.
    var failure = ""
    /// When it was over, and its time to be kept began.
    var ended: Instant?

    private static let format: UInt8 = 2
    private static let exportMark: UInt8 = 1
    private static let requestMark: UInt8 = 2
    private static let listMax = 100_000
}

extension AsyncJob {
    var tenant: TenantName { scope.tenant }

    /// Whether it is this actor's, whatever the credential.
    func isOf(_ other: AccessScope) -> Bool {
        scope.tenant == other.tenant && scope.actor == other.actor
    }

    func write(to writer: ByteWriter) {
        writer.write(Self.format)
        writer.writeSized(id)
        AsyncOwner.write(scope, to: writer)
        writer.writeSized(url)
        writer.writeSized(base)
        writer.writeLittleEndian(transactionTime.microseconds)
        writer.writeVarint(point)
        key.withBytes { writer.write($0) }
        writer.write(phase.rawValue)
        writer.writeVarint(UInt64(files.count))
        for file in files {
            writer.writeSized(file.name)
            writer.writeSized(file.type)
            writer.write(file.content.rawValue)
            writer.writeVarint(UInt64(file.count))
            writer.writeVarint(UInt64(file.pieces))
        }
        writer.writeSized(failure)
        writer.writeLittleEndian(ended?.microseconds ?? .min)
        switch work {
        case .export(let state):
            writer.write(Self.exportMark)
            state.write(to: writer)
        case .request(let request):
            writer.write(Self.requestMark)
            request.write(to: writer)
        }
    }

    private static func work(_ reader: inout ByteReader) -> Work? {
        switch reader.readByte() {
        case exportMark: ExportState(&reader).map { .export($0) }
        case requestMark: DeferredRequest(&reader).map { .request($0) }
        default: nil
        }
    }

    /// - Returns: `nil` unless `write` made the bytes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.format, let id = reader.text(),
            let scope = AsyncOwner.read(&reader), let url = reader.text(), let base = reader.text(),
            let time = reader.readLittleEndian(Int64.self),
            let point = reader.readVarint(),
            let key = reader.readBytes(SecretKey.byteCount).flatMap({ try? SecretKey(copying: $0) }),
            let phase = reader.readByte().flatMap(Phase.init(rawValue:)), let fileCount = reader.readVarint(),
            fileCount <= Self.listMax
        else { return nil }
        self.id = id
        self.scope = scope
        self.url = url
        self.base = base
        transactionTime = Instant(microseconds: time)
        self.point = point
        self.key = key
        self.phase = phase
        for _ in 0..<fileCount {
            guard let name = reader.text(), let type = reader.text(),
                let content = reader.readByte().flatMap(File.Content.init(rawValue:)), let count = reader.readVarint(),
                let pieces = reader.readVarint()
            else { return nil }
            files.append(
                File(
                    name: name, type: type, content: content, count: Int(truncatingIfNeeded: count),
                    pieces: Int(truncatingIfNeeded: pieces)))
        }
        guard let failure = reader.text(), let ended = reader.readLittleEndian(Int64.self),
            let work = Self.work(&reader), reader.remaining == 0
        else { return nil }
        self.work = work
        self.failure = failure
        self.ended = ended == .min ? nil : Instant(microseconds: ended)
    }

    /// - Throws: `VaultError` if no key can be drawn.
    init(
        _ work: Work, scope: AccessScope, url: String, base: String, transactionTime: Instant, point: UInt64
    ) throws {
        id = ResourceID.random()
        var owner = scope
        owner.witness = nil
        self.scope = owner
        self.work = work
        self.url = url
        self.base = base
        self.transactionTime = transactionTime
        self.point = point
        key = try SecretKey.random()
    }
}

extension ByteWriter {
    /// A text behind its size.
    func writeSized(_ text: String) {
        writeVarint(UInt64(text.utf8.count))
        write(text)
    }
}

extension ByteReader {
    /// A text behind its size.
    mutating func text() -> String? {
        guard let count = readVarint(), let bytes = readBytes(Int(clamping: count)) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
