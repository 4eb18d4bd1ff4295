internal import Access
internal import Base
internal import HTTP
internal import Vault

/// What is known of an export: everything that it takes to go on with it after a restart.
struct ExportJob: Sendable {
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
    let tenant: TenantName
    let level: ExportLevel
    let parameters: [QueryParameters.Item]
    /// The address of the kick-off, for the manifest.
    let url: String
    /// This server's address as the client reached it.
    let base: String
    /// The moment whose state the export holds.
    let transactionTime: Instant
    /// The last entry of the log at that moment.
    let point: UInt64
    /// What the pieces of its files are sealed with.
    let key: SecretKey
    var phase = Phase.running
    /// Whether what is there was written, and deletions are looked for.
    var isAtDeletions = false
    /// The entry of the log up to which all is in whole files.
    var after: UInt64 = 0
    var files: [File] = []
    /// Entries that were passed over as their keys were shredded.
    var unreadable = 0
    /// Why it failed, in words for the client.
    var failure = ""
    /// When it was over, and its time to be kept began.
    var ended: Instant?

    private static let format: UInt8 = 1
    private static let listMax = 100_000
}

extension ExportJob {
    func write(to writer: ByteWriter) {
        writer.write(Self.format)
        write(id, to: writer)
        write(tenant.description, to: writer)
        switch level {
        case .system: writer.write(UInt8(0))
        case .patients: writer.write(UInt8(1))
        case .group(let id):
            writer.write(UInt8(2))
            write(id, to: writer)
        }
        writer.writeVarint(UInt64(parameters.count))
        for item in parameters {
            write(item.name, to: writer)
            write(item.value, to: writer)
        }
        write(url, to: writer)
        write(base, to: writer)
        writer.writeLittleEndian(transactionTime.microseconds)
        writer.writeVarint(point)
        key.withBytes { writer.write($0) }
        writer.write(phase.rawValue)
        writer.write(isAtDeletions ? UInt8(1) : 0)
        writer.writeVarint(after)
        writer.writeVarint(UInt64(files.count))
        for file in files {
            write(file.name, to: writer)
            write(file.type, to: writer)
            writer.write(file.content.rawValue)
            writer.writeVarint(UInt64(file.count))
            writer.writeVarint(UInt64(file.pieces))
        }
        writer.writeVarint(UInt64(unreadable))
        write(failure, to: writer)
        writer.writeLittleEndian(ended?.microseconds ?? .min)
    }

    private func write(_ text: String, to writer: ByteWriter) {
        writer.writeVarint(UInt64(text.utf8.count))
        writer.write(text)
    }

    /// - Returns: `nil` unless `write` made the bytes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.format, let id = reader.text(),
            let tenant = reader.text().flatMap(TenantName.init),
            let level = reader.readByte()
        else { return nil }
        self.id = id
        self.tenant = tenant
        switch level {
        case 0: self.level = .system
        case 1: self.level = .patients
        case 2:
            guard let group = reader.text() else { return nil }
            self.level = .group(group)
        default: return nil
        }
        var parameters: [QueryParameters.Item] = []
        guard let parameterCount = reader.readVarint(), parameterCount <= Self.listMax else { return nil }
        for _ in 0..<parameterCount {
            guard let name = reader.text(), let value = reader.text() else { return nil }
            parameters.append(QueryParameters.Item(name, value))
        }
        self.parameters = parameters
        guard let url = reader.text(), let base = reader.text(), let time = reader.readLittleEndian(Int64.self),
            let point = reader.readVarint(),
            let key = reader.readBytes(SecretKey.byteCount).flatMap({ try? SecretKey(copying: $0) }),
            let phase = reader.readByte().flatMap(Phase.init(rawValue:)), let isAtDeletions = reader.readByte(),
            let after = reader.readVarint(), let fileCount = reader.readVarint(), fileCount <= Self.listMax
        else { return nil }
        self.url = url
        self.base = base
        transactionTime = Instant(microseconds: time)
        self.point = point
        self.key = key
        self.phase = phase
        self.isAtDeletions = isAtDeletions == 1
        self.after = after
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
        guard let unreadable = reader.readVarint(), let failure = reader.text(),
            let ended = reader.readLittleEndian(Int64.self), reader.remaining == 0
        else { return nil }
        self.unreadable = Int(truncatingIfNeeded: unreadable)
        self.failure = failure
        self.ended = ended == .min ? nil : Instant(microseconds: ended)
    }

    init(
        id: String, tenant: TenantName, level: ExportLevel, parameters: [QueryParameters.Item], url: String,
        base: String, transactionTime: Instant, point: UInt64, key: SecretKey
    ) {
        self.id = id
        self.tenant = tenant
        self.level = level
        self.parameters = parameters
        self.url = url
        self.base = base
        self.transactionTime = transactionTime
        self.point = point
        self.key = key
    }
}

extension ByteReader {
    /// A text behind its size.
    fileprivate mutating func text() -> String? {
        guard let count = readVarint(), let bytes = readBytes(Int(clamping: count)) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
