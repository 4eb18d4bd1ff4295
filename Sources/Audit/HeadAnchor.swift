internal import Access
internal import Base
package import Vault

/// What a second place remembers of a trail: its id, its public key and its newest head.
package struct HeadAnchor: Hashable, Sendable {
    package var id: TrailID
    package var publicKey: Ed25519PublicKey
    /// Which head it is, from 0.
    package var index: UInt64
    package var head: TreeHead

    private static let magic: [UInt8] = Array("MTLAANC1".utf8)
    private static let byteCount = 8 + TrailID.byteCount + Ed25519PublicKey.byteCount + 8 + TreeHead.recordBytes

    /// Reads the anchor of a trail.
    /// - Returns: `nil` if there is none.
    /// - Throws: `AuditError.damaged`, `.storage`.
    static func load(_ folder: TrailFolder, _ tenant: TenantName) throws(AuditError) -> HeadAnchor? {
        guard let path = folder.anchor else { return nil }
        let bytes: [UInt8]
        do {
            bytes = try TrailFile.contents(path, bytesMax: 4_096)
        } catch {
            guard error.code == .missing else { throw error }
            return nil
        }
        var start = magic.count
        func take(_ count: Int) -> [UInt8] {
            defer { start += count }
            return Array(bytes[start..<start + count])
        }
        guard bytes.count == byteCount, bytes.starts(with: magic), let id = TrailID(bytes: take(TrailID.byteCount)),
            let key = Ed25519PublicKey(bytes: take(Ed25519PublicKey.byteCount))
        else { throw AuditError(.damaged, "\(path) is no anchor of a trail") }
        let index = take(8).withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        let record = take(TreeHead.recordBytes)
        guard let head = record.withUnsafeBytes({ TreeHead(record: $0, origin: TreeHead.origin(tenant, id)) }) else {
            throw AuditError(.damaged, "\(path) is no anchor of a trail")
        }
        return HeadAnchor(id: id, publicKey: key, index: index, head: head)
    }

    /// Puts it in place of the one before; durable when this returns.
    func save(_ folder: TrailFolder, _ storage: any TrailStorage) throws(AuditError) {
        guard let path = folder.anchor else { return }
        let writer = ByteWriter(capacity: Self.byteCount)
        Self.magic.withUnsafeBytes { writer.write($0) }
        id.bytes.withUnsafeBytes { writer.write($0) }
        publicKey.bytes.withUnsafeBytes { writer.write($0) }
        writer.writeLittleEndian(index)
        head.write(to: writer)
        try TrailFile.replace(path, with: writer.copy(), storage)
    }
}
