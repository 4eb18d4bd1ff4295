internal import Base
internal import JSONTape
package import Vault

/// Proof that an entry is in a trail as a signed head tells of it. Whoever has the public key can check it without the
/// trail; it tells nothing of any other entry.
/// - Source: RFC 9162 section 2.1.3.
package struct InclusionProof: Hashable, Sendable {
    package let number: UInt64
    package let entry: AuditEntry
    /// The random bytes before the entry in its leaf.
    package let nonce: [UInt8]
    /// Hashes from the leaf's neighbour to the root's child.
    package let path: [TreeHash]
    package let head: TreeHead

    private static let format: StaticString = "martlet-audit-inclusion-1"
    /// No text of a proof is longer, in bytes.
    package static let bytesMax = 32 << 20

    /// Checks the signature of the head, and that entry, random bytes and path lead to its root.
    /// - Throws: `AuditError.unproven`.
    package func check(_ publicKey: Ed25519PublicKey) throws(AuditError) {
        guard head.isSigned(by: publicKey) else {
            throw AuditError(.unproven, "the head is not signed with this key")
        }
        let isProven: Bool
        do {
            let hasher = try SHA256Hasher()
            let text = ByteWriter()
            entry.encode(to: text)
            let leaf = nonce.withUnsafeBytes { nonce in
                Result { () throws(VaultError) in try TreeHash.leaf(nonce, text.bytes, hasher) }
            }
            isProven = try MerkleProof.verifiesInclusion(
                of: leaf.get(), at: number, size: head.size, path: path, root: head.root, hasher)
        } catch {
            throw AuditError(.keys, "hashing failed", cause: error)
        }
        guard nonce.count == Batch.nonceBytes, isProven else {
            throw AuditError(.unproven, "the entry is not in the tree that the head signs")
        }
    }

    /// The proof as one JSON object; `docs/audit.md` says how to check it by other means.
    /// - Parameter publicKey: the key of the head.
    package func json(_ publicKey: Ed25519PublicKey) throws(VaultError) -> String {
        let writer = ByteWriter()
        writer.write("{\"format\":\"\(Self.format)\",\"number\":\(number),\"entry\":")
        entry.writeJSON(to: writer)
        writer.write(",\"nonce\":\"\(nonce.withUnsafeBytes { Base64Text.encode($0) })\",\"path\":")
        ProofText.write(path, to: writer)
        writer.write(",\"head\":")
        writeJSONString(try head.note(publicKey), to: writer)
        writer.write("}")
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads what `json` writes.
    /// - Throws: `AuditError.malformed`.
    package init(json bytes: [UInt8]) throws(AuditError) {
        let document = try ProofText.document(bytes, bytesMax: Self.bytesMax)
        let found = document.withRoot { root -> InclusionProof? in
            guard root.member("format")?.equals(Self.format) == true,
                let number = root.member("number").flatMap({ UInt64($0.text) }),
                let entry = root.member("entry").flatMap(AuditEntry.init(json:)),
                let nonce = root.member("nonce")?.string.flatMap(Base64Text.decode),
                let path = root.member("path").flatMap(ProofText.path),
                let head = root.member("head")?.string.flatMap(TreeHead.init(note:))
            else { return nil }
            return InclusionProof(number: number, entry: entry, nonce: nonce, path: path, head: head)
        }
        guard let found else { throw AuditError(.malformed, "this is no proof that an entry is in an audit trail") }
        self = found
    }

    init(number: UInt64, entry: AuditEntry, nonce: [UInt8], path: [TreeHash], head: TreeHead) {
        self.number = number
        self.entry = entry
        self.nonce = nonce
        self.path = path
        self.head = head
    }
}

/// Proof that the tree of one head is the beginning of that of another: nothing was changed or taken out between them.
/// - Source: RFC 9162 section 2.1.4.
package struct ConsistencyProof: Hashable, Sendable {
    package let old: TreeHead
    package let new: TreeHead
    package let path: [TreeHash]

    private static let format: StaticString = "martlet-audit-consistency-1"
    private static let bytesMax = 1 << 20

    /// Checks both signatures, and that the path leads to both roots.
    /// - Throws: `AuditError.unproven`.
    package func check(_ publicKey: Ed25519PublicKey) throws(AuditError) {
        guard old.isSigned(by: publicKey), new.isSigned(by: publicKey), old.origin == new.origin else {
            throw AuditError(.unproven, "the heads are not signed with this key, or not of one trail")
        }
        let isProven: Bool
        do {
            isProven = try MerkleProof.verifiesConsistency(
                from: old.size, oldRoot: old.root, to: new.size, newRoot: new.root, path: path, SHA256Hasher())
        } catch {
            throw AuditError(.keys, "hashing failed", cause: error)
        }
        guard isProven else { throw AuditError(.unproven, "the older tree is not the beginning of the newer one") }
    }

    /// The proof as one JSON object.
    /// - Parameter publicKey: the key of the heads.
    package func json(_ publicKey: Ed25519PublicKey) throws(VaultError) -> String {
        let writer = ByteWriter()
        writer.write("{\"format\":\"\(Self.format)\",\"from\":")
        writeJSONString(try old.note(publicKey), to: writer)
        writer.write(",\"to\":")
        writeJSONString(try new.note(publicKey), to: writer)
        writer.write(",\"path\":")
        ProofText.write(path, to: writer)
        writer.write("}")
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Reads what `json` writes.
    /// - Throws: `AuditError.malformed`.
    package init(json bytes: [UInt8]) throws(AuditError) {
        let document = try ProofText.document(bytes, bytesMax: Self.bytesMax)
        let found = document.withRoot { root -> ConsistencyProof? in
            guard root.member("format")?.equals(Self.format) == true,
                let old = root.member("from")?.string.flatMap(TreeHead.init(note:)),
                let new = root.member("to")?.string.flatMap(TreeHead.init(note:)),
                let path = root.member("path").flatMap(ProofText.path)
            else { return nil }
            return ConsistencyProof(old: old, new: new, path: path)
        }
        guard let found else { throw AuditError(.malformed, "this is no proof that two heads agree") }
        self = found
    }

    init(old: TreeHead, new: TreeHead, path: [TreeHash]) {
        self.old = old
        self.new = new
        self.path = path
    }
}

/// What both kinds of proofs have in common as text.
private enum ProofText {
    static func write(_ path: [TreeHash], to writer: ByteWriter) {
        writer.write("[")
        for (index, hash) in path.enumerated() {
            if index > 0 { writer.write(",") }
            writer.write("\"\(hash.base64)\"")
        }
        writer.write("]")
    }

    static func path(_ value: JSONValue) -> [TreeHash]? {
        guard value.isArray else { return nil }
        var found: [TreeHash] = []
        for element in value.elements {
            guard let hash = element.string.flatMap(TreeHash.init(base64:)), found.count < MerkleProof.pathCountMax
            else { return nil }
            found.append(hash)
        }
        return found
    }

    static func document(_ bytes: [UInt8], bytesMax: Int) throws(AuditError) -> JSONDocument {
        guard bytes.count <= bytesMax else { throw AuditError(.malformed, "a proof is not that large") }
        do {
            return try JSONDocument(bytes, depthMax: 8)
        } catch {
            throw AuditError(.malformed, "this is not JSON", cause: error)
        }
    }
}
