import Access
import Audit
import Base
import Foundation
import Testing
import Vault

@Suite struct ProofTests {
    @Test func `the tree is that of RFC 6962`() throws {
        // The inputs and roots of the test vectors of Certificate Transparency's reference implementation.
        let leaves = [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
        ]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        let hasher = try SHA256Hasher()
        var frontier = MerkleFrontier()
        for (leaf, root) in zip(leaves, roots) {
            let hash = try bytes(leaf).withUnsafeBytes { raw in
                try TreeHash.leaf(raw, UnsafeRawBufferPointer(start: nil, count: 0), hasher)
            }
            try frontier.append(hash, hasher) { _ in }
            #expect(try frontier.root(hasher).withBytes { Array($0) } == bytes(root))
        }
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(try MerkleFrontier().root(hasher).withBytes { Array($0) } == bytes(empty))
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    @Test func `every leaf of every small tree is proven, and no other leaf, place or root`() throws {
        let hasher = try SHA256Hasher()
        var frontier = MerkleFrontier()
        var hashes: [TreeHash] = []
        var leaves: [TreeHash] = []
        var roots: [TreeHash] = [try frontier.root(hasher)]
        for number in 0..<40 {
            let leaf = try [UInt8(number)].withUnsafeBytes { raw in
                try TreeHash.leaf(raw, UnsafeRawBufferPointer(start: nil, count: 0), hasher)
            }
            leaves.append(leaf)
            try frontier.append(leaf, hasher) { hashes.append($0) }
            roots.append(try frontier.root(hasher))
            #expect(TreePosition.count(size: UInt64(number + 1)) == UInt64(hashes.count))
        }
        let read: MerkleProof.Read = { position throws(AuditError) in hashes[Int(position)] }
        for size in 1...40 {
            #expect(try MerkleFrontier(size: UInt64(size), read: read).root(hasher) == roots[size])
            for leaf in 0..<size {
                let path = try MerkleProof.inclusion(of: UInt64(leaf), size: UInt64(size), hasher, read: read)
                func verifies(_ hash: TreeHash, _ at: Int, _ size: Int, _ path: [TreeHash], _ root: TreeHash) throws
                    -> Bool
                {
                    try MerkleProof.verifiesInclusion(
                        of: hash, at: UInt64(at), size: UInt64(size), path: path, root: root, hasher)
                }
                #expect(try verifies(leaves[leaf], leaf, size, path, roots[size]))
                #expect(try !verifies(leaves[(leaf + 1) % 40], leaf, size, path, roots[size]))
                #expect(try !verifies(leaves[leaf], leaf, size, path, roots[size - 1]))
                if size > 1 {
                    #expect(try !verifies(leaves[leaf], (leaf + 1) % size, size, path, roots[size]))
                    #expect(try !verifies(leaves[leaf], leaf, size, path.dropLast(), roots[size]))
                }
                #expect(try !verifies(leaves[leaf], leaf, size, path + [leaves[0]], roots[size]))
            }
            for old in 0...size {
                let path = try MerkleProof.consistency(from: UInt64(old), to: UInt64(size), hasher, read: read)
                func verifies(_ oldRoot: TreeHash, _ newRoot: TreeHash, _ path: [TreeHash]) throws -> Bool {
                    try MerkleProof.verifiesConsistency(
                        from: UInt64(old), oldRoot: oldRoot, to: UInt64(size), newRoot: newRoot, path: path, hasher)
                }
                #expect(try verifies(roots[old], roots[size], path))
                #expect(try !verifies(leaves[39], roots[size], path))
                if old > 0 { #expect(try !verifies(roots[old], leaves[39], path)) }
                if old > 0, old < size { #expect(try !verifies(roots[old], roots[size], path.dropLast())) }
            }
        }
    }

    private func makeTrail(_ count: Int) throws -> (TestTrails, AuditTrails) {
        let test = try TestTrails { $0.headEveryEntries = 50 }
        let trails = try test.open()
        for number in 0..<count { _ = try trails.record(TestTrails.entry(number), tenant: test.tenant) }
        return (test, trails)
    }

    @Test func `an entry is proven to whoever has the public key alone`() throws {
        let (test, trails) = try makeTrail(130)
        let key = try #require(Ed25519PublicKey(pem: trails.publicKey(tenant: test.tenant).pem))
        for number: UInt64 in [0, 1, 49, 50, 99, 100, 129] {
            let text = try trails.prove(number, tenant: test.tenant).json(key)
            let proof = try InclusionProof(json: Array(text.utf8))
            #expect(proof.number == number)
            #expect(proof.entry == TestTrails.entry(Int(number)))
            try proof.check(key)
            let other = try Ed25519SigningKey(seed: SecretKey.random()).publicKey
            #expect(throws: AuditError.self) { try proof.check(other) }
        }
        let error = #expect(throws: AuditError.self) { try trails.prove(130, tenant: test.tenant) }
        #expect(error?.code == .missing)
        try trails.stop()
    }

    @Test func `a proof with anything changed proves nothing`() throws {
        let (test, trails) = try makeTrail(60)
        let key = try trails.publicKey(tenant: test.tenant)
        let text = try trails.prove(20, tenant: test.tenant).json(key)
        let changes = [
            ("user/3", "user/4"), ("\"number\":20", "\"number\":21"), ("patient-20", "patient-21"),
            ("\"status\":200", "\"status\":404"), ("2023-11-14", "2023-11-15"), ("\"read\"", "\"vread\""),
            ("\"agent\":", "\"role\":\"admin\",\"agent\":"), ("\\n50\\n", "\\n51\\n"),
        ]
        for (old, new) in changes {
            let changed = text.replacing(old, with: new)
            #expect(changed != text, "\(old)")
            #expect(throws: AuditError.self, "\(old)") { try InclusionProof(json: Array(changed.utf8)).check(key) }
        }
        try trails.stop()
    }

    @Test func `two heads are proven to agree`() throws {
        let (test, trails) = try makeTrail(230)
        let key = try trails.publicKey(tenant: test.tenant)
        let heads = try trails.heads(tenant: test.tenant, count: 100)
        #expect(heads.map(\.head.size) == [200, 150, 100, 50])
        #expect(heads.map(\.index) == [3, 2, 1, 0])
        #expect(try trails.heads(tenant: test.tenant, before: 2, count: 1).map(\.index) == [1])
        for old in heads {
            for new in heads where new.index >= old.index {
                let proof = try trails.consistency(from: old.head.size, to: new.head.size, tenant: test.tenant)
                let text = try proof.json(key)
                try ConsistencyProof(json: Array(text.utf8)).check(key)
                let changed = text.replacing("\\n\(old.head.size)\\n", with: "\\n\(old.head.size + 1)\\n")
                #expect(throws: AuditError.self) { try ConsistencyProof(json: Array(changed.utf8)).check(key) }
            }
        }
        #expect(throws: AuditError.self) { try trails.consistency(from: 51, to: 100, tenant: test.tenant) }
        try trails.stop()
    }

    @Test func `a head is read back from its note and its signature holds`() throws {
        let (test, trails) = try makeTrail(60)
        let key = try trails.publicKey(tenant: test.tenant)
        let head = try #require(try trails.heads(tenant: test.tenant, count: 1).first?.head)
        let note = try head.note(key)
        #expect(TreeHead(note: note) == head)
        #expect(head.isSigned(by: key))
        #expect(TreeHead(note: note + "x") == nil)
        let changed = try #require(TreeHead(note: note.replacing("\n50\n", with: "\n51\n")))
        #expect(!changed.isSigned(by: key))
        try trails.stop()
    }
}
