package import Access
package import Base
package import Vault

/// A signed statement of how many entries a trail had and what they were: size and root of its tree.
///
/// As text it is a checkpoint in the form of a signed note, which programs other than this one read too.
/// - Source: https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note.
package struct TreeHead: Hashable, Sendable {
    /// `martlet-audit/TENANT/ID`.
    package let origin: String
    /// Entries in the tree.
    package let size: UInt64
    package let root: TreeHash
    /// When it was signed.
    package let time: Instant
    /// The hash of the head before: of the lines that its signature covers; zeros for the first.
    package let previous: TreeHash
    /// 64 bytes of Ed25519 over `statement`.
    package let signature: [UInt8]

    /// The first line of the note, which is the name of its key, too.
    package static func origin(_ tenant: TenantName, _ id: TrailID) -> String { "martlet-audit/\(tenant)/\(id)" }

    /// No text of a head is longer, in bytes.
    package static let noteBytesMax = 1_024

    /// Signs a head.
    package init(
        origin: String, size: UInt64, root: TreeHash, time: Instant, previous: TreeHash, key: Ed25519SigningKey
    ) throws(VaultError) {
        self.init(origin: origin, size: size, root: root, time: time, previous: previous, signature: [])
        let text = Array(statement.utf8)
        let signed = text.withUnsafeBytes { raw in Result { () throws(VaultError) in try key.sign(raw) } }
        self.init(
            origin: origin, size: size, root: root, time: time, previous: previous, signature: try signed.get())
    }

    init(origin: String, size: UInt64, root: TreeHash, time: Instant, previous: TreeHash, signature: [UInt8]) {
        self.origin = origin
        self.size = size
        self.root = root
        self.time = time
        self.previous = previous
        self.signature = signature
    }

    /// What is signed: origin, size, root, time in microseconds and the head before, a line each.
    package var statement: String {
        "\(origin)\n\(size)\n\(root.base64)\ntime \(time.microseconds)\nprevious \(previous.base64)\n"
    }

    /// What the next head names this one by.
    package func hash() throws(VaultError) -> TreeHash {
        try TreeHash.plain(Array(statement.utf8))
    }

    /// Whether the signature is of the key.
    package func isSigned(by key: Ed25519PublicKey) -> Bool {
        let text = Array(statement.utf8)
        return text.withUnsafeBytes { text in signature.withUnsafeBytes { key.verifies($0, of: text) } }
    }

    /// The head as a signed note, for publishing.
    package func note(_ key: Ed25519PublicKey) throws(VaultError) -> String {
        let line = (try Self.keyHash(origin, key) + signature).withUnsafeBytes { Base64Text.encode($0) }
        return "\(statement)\n\u{2014} \(origin) \(line)\n"
    }

    /// Reads a signed note.
    /// - Returns: `nil` if it is none of a trail. The signature is not checked.
    package init?(note: String) {
        guard note.utf8.count <= Self.noteBytesMax else { return nil }
        let lines = note.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 8, lines[5].isEmpty, lines[7].isEmpty, lines[0].hasPrefix("martlet-audit/"),
            let size = UInt64(lines[1]), String(size) == lines[1], let root = TreeHash(base64: lines[2]),
            lines[3].hasPrefix("time "), let time = Int64(lines[3].dropFirst(5)),
            lines[4].hasPrefix("previous "), let previous = TreeHash(base64: String(lines[4].dropFirst(9)))
        else { return nil }
        let parts = lines[6].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == "\u{2014}", parts[1] == lines[0],
            let signed = Base64Text.decode(parts[2]), signed.count == 4 + Ed25519PublicKey.signatureByteCount
        else { return nil }
        self.init(
            origin: lines[0], size: size, root: root, time: Instant(microseconds: time), previous: previous,
            signature: Array(signed.dropFirst(4)))
    }

    /// The first four bytes of SHA-256 of the name, a line break, 0x01 for Ed25519, and the key.
    private static func keyHash(_ origin: String, _ key: Ed25519PublicKey) throws(VaultError) -> [UInt8] {
        let text = Array(origin.utf8) + [0x0A, 0x01] + key.bytes
        return Array(try SHA2.sha256(text).prefix(4))
    }
}

/// A head as it lies in the file `heads`: size, time, root, the head before, signature.
extension TreeHead {
    package static let recordBytes = 144

    /// Appends the bytes of a head as they stand in the file of heads.
    package func write(to writer: ByteWriter) {
        writer.writeLittleEndian(size)
        writer.writeLittleEndian(time.microseconds)
        root.withBytes { writer.write($0) }
        previous.withBytes { writer.write($0) }
        signature.withUnsafeBytes { writer.write($0) }
    }

    /// - Returns: `nil` if it is no record.
    package init?(record: UnsafeRawBufferPointer, origin: String) {
        var reader = ByteReader(record)
        guard record.count == Self.recordBytes, let size = reader.readLittleEndian(UInt64.self),
            let time = reader.readLittleEndian(Int64.self),
            let root = reader.readBytes(TreeHash.byteCount).flatMap(TreeHash.init),
            let previous = reader.readBytes(TreeHash.byteCount).flatMap(TreeHash.init),
            let signature = reader.readBytes(Ed25519PublicKey.signatureByteCount)
        else { return nil }
        self.init(
            origin: origin, size: size, root: root, time: Instant(microseconds: time), previous: previous,
            signature: Array(signature))
    }
}
