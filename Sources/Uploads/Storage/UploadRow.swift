internal import Access
internal import Base
internal import SQLDatabase
internal import Vault

/// An upload as it is stored, with the key of its parts.
struct UploadRow: Sendable {
    let number: Int64
    var upload: Upload
    let key: SecretKey

    static let columns = """
        upload_number, upload_id, state, size, part_count, part_size, received_parts, received_bytes, holds_bytes, \
        created_at, expires_at, sealed
        """

    /// What a row's text begins with: its format.
    private static let format: UInt8 = 1

    init(number: Int64, upload: Upload, key: SecretKey) {
        self.number = number
        self.upload = upload
        self.key = key
    }

    /// - Throws: `UploadError.damaged`.
    init(_ row: any SQLRow, tenant: TenantName, seal: UploadSeal) throws {
        guard let id = UploadID(row.text(1)), let state = Upload.State(rawValue: row.integer(2)) else {
            throw UploadError(.damaged, "a row of the uploads is damaged")
        }
        let plain = try seal.open(Array(row.blob(11)), place: Self.place(id))
        let texts = try plain.withUnsafeBytes { bytes throws -> Texts in
            guard let texts = Texts(bytes) else { throw UploadError(.damaged, "a row of the uploads is damaged") }
            return texts
        }
        number = row.integer(0)
        key = try texts.key.withUnsafeBytes { try SecretKey(copying: $0) }
        upload = Upload(
            id: id, tenant: tenant, state: state,
            facts: NewUpload(
                fileName: texts.fileName, contentType: texts.contentType,
                size: row.isNull(3) ? nil : UInt64(row.integer(3)),
                partCount: row.isNull(4) ? nil : Int(row.integer(4)),
                partSize: row.isNull(5) ? nil : UInt64(row.integer(5)), sha256: texts.sha256),
            owner: texts.owner, created: Instant(microseconds: row.integer(9)),
            expires: Instant(microseconds: row.integer(10)), receivedParts: Int(row.integer(6)),
            receivedBytes: UInt64(row.integer(7)), ingest: texts.ingest, problem: texts.problem,
            holdsBytes: row.integer(8) == 1)
    }

    private static func place(_ id: UploadID) -> String { "upload_uploads/\(id)/sealed" }

    /// What is sealed of a row.
    static func sealed(_ upload: Upload, key: SecretKey, seal: UploadSeal) throws -> [UInt8] {
        let writer = ByteWriter(capacity: 256)
        defer { writer.wipe() }
        writer.write(format)
        key.withBytes { writer.write($0) }
        let texts = [
            upload.facts.fileName, upload.facts.contentType ?? "", upload.owner, upload.ingest ?? "",
            upload.problem ?? "",
        ]
        for text in texts {
            writer.writeVarint(UInt64(text.utf8.count))
            writer.write(text)
        }
        (upload.facts.sha256 ?? []).withUnsafeBytes { writer.write($0) }
        return try seal.seal(writer.copy(), place: place(upload.id))
    }

    private struct Texts {
        var key: [UInt8]
        var fileName: String
        var contentType: String?
        var owner: String
        var ingest: String?
        var problem: String?
        var sha256: [UInt8]?

        init?(_ bytes: UnsafeRawBufferPointer) {
            var reader = ByteReader(bytes)
            guard reader.readByte() == UploadRow.format, let key = reader.readBytes(SecretKey.byteCount) else {
                return nil
            }
            var texts: [String] = []
            for _ in 0..<5 {
                guard let count = reader.readVarint(), let text = reader.readBytes(Int(clamping: count)) else {
                    return nil
                }
                texts.append(String(decoding: text, as: UTF8.self))
            }
            let digest = reader.readBytes(reader.remaining).map { Array($0) } ?? []
            guard digest.isEmpty || digest.count == 32 else { return nil }
            self.key = Array(key)
            fileName = texts[0]
            contentType = texts[1].isEmpty ? nil : texts[1]
            owner = texts[2]
            ingest = texts[3].isEmpty ? nil : texts[3]
            problem = texts[4].isEmpty ? nil : texts[4]
            sha256 = digest.isEmpty ? nil : digest
        }
    }
}

/// A part as it is stored.
struct PartRow: Sendable {
    let part: Part
    /// 16 bytes, where its sender gave one.
    let md5: [UInt8]?
    /// What its file is called beside its number, and its chunks are bound to.
    let token: Int64

    static let columns = "part_number, size, token, sealed"

    init(_ part: Part, md5: [UInt8]?, token: Int64) {
        self.part = part
        self.md5 = md5
        self.token = token
    }

    /// - Throws: `UploadError.damaged`.
    init(_ row: any SQLRow, of id: UploadID, seal: UploadSeal) throws {
        let number = Int(row.integer(0))
        let plain = try seal.open(Array(row.blob(3)), place: Self.place(id, number))
        guard plain.count == 32 || plain.count == 48 else {
            throw UploadError(.damaged, "a row of the parts of an upload is damaged")
        }
        part = Part(number: number, size: UInt64(row.integer(1)), sha256: Array(plain[..<32]))
        md5 = plain.count == 48 ? Array(plain[32...]) : nil
        token = row.integer(2)
    }

    func sealed(of id: UploadID, seal: UploadSeal) throws -> [UInt8] {
        try seal.seal(part.sha256 + (md5 ?? []), place: Self.place(id, part.number))
    }

    private static func place(_ id: UploadID, _ number: Int) -> String { "upload_parts/\(id)/\(number)/sealed" }
}
