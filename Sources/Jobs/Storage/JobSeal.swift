internal import Access
internal import Base
internal import Synchronization
internal import Vault

/// What one tenant's jobs are sealed, hashed and named with.
final class JobSeal: Sendable {
    let tenant: TenantName
    let tenantID: Int64
    private let sealingKey: SecretKey
    private let hashKey: SipKey
    private let nameKey: SipKey

    /// What is sealed of a job.
    enum Column: String {
        case content
        case outcome
        case note
        case schedule
    }

    init(_ tenant: TenantName, _ keys: TenantKeys) throws {
        let root = try keys.indexKey.derived("martlet jobs")
        self.tenant = tenant
        tenantID = keys.id
        sealingKey = try root.derived("sealing")
        hashKey = try Self.sipKey(root.derived("hashing"))
        nameKey = try Self.sipKey(root.derived("naming"))
    }

    private static func sipKey(_ key: SecretKey) -> SipKey {
        key.withBytes { bytes in
            SipKey(
                low: bytes.loadUnaligned(as: UInt64.self),
                high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }

    func id(number: Int64, nonce: UInt64) -> JobID {
        JobID(nonce: nonce, masked: UInt64(bitPattern: number) ^ mask(nonce))
    }

    /// The number that a job of this tenant with this id would have.
    func number(of id: JobID) -> Int64 {
        Int64(bitPattern: id.masked ^ mask(id.nonce))
    }

    private func mask(_ nonce: UInt64) -> UInt64 {
        withUnsafeBytes(of: nonce.littleEndian) { SipHash.hash64($0, key: nameKey) }
    }

    /// The keyed hash of a unique key or a group: 16 bytes.
    func hash(_ kind: String, _ text: String) -> [UInt8] {
        let input = Array(kind.utf8) + [0] + Array(text.utf8)
        let (low, high) = input.withUnsafeBytes { SipHash.hash128($0, key: hashKey) }
        return withUnsafeBytes(of: (low.littleEndian, high.littleEndian)) { Array($0) }
    }

    func seal(_ plain: [UInt8], _ column: Column, number: Int64, nonce: UInt64, _ sealer: Sealer) throws -> [UInt8] {
        let output = ByteWriter(capacity: plain.count + Sealer.overheadBytes)
        try plain.withUnsafeBytes { plain in
            try Self.place(column, number, nonce).withUnsafeBytes { place in
                try sealer.seal(plain, key: sealingKey, context: place, into: output)
            }
        }
        return output.copy()
    }

    /// - Throws: `VaultError.notAuthentic` if it was altered or sealed for another place.
    func open(
        _ sealed: UnsafeRawBufferPointer, _ column: Column, number: Int64, nonce: UInt64, _ sealer: Sealer
    ) throws -> [UInt8] {
        let output = ByteWriter(capacity: sealed.count + 16)
        defer { output.wipe() }
        try Self.place(column, number, nonce).withUnsafeBytes { place in
            try sealer.open(sealed, key: sealingKey, context: place, into: output)
        }
        return output.copy()
    }

    private static func place(_ column: Column, _ number: Int64, _ nonce: UInt64) -> [UInt8] {
        var place = Array("job_contents.".utf8)
        place += column.rawValue.utf8
        withUnsafeBytes(of: (number.littleEndian, nonce.littleEndian)) { place += $0 }
        return place
    }
}

/// The seals of all tenants, made when they are first met.
final class JobSeals: Sendable {
    private struct Known {
        var byName: [TenantName: JobSeal] = [:]
        var byID: [Int64: JobSeal] = [:]
    }

    private let vault: Vault
    private let known = Mutex(Known())
    private let sealers = SealerPool()

    init(_ vault: Vault) {
        self.vault = vault
    }

    /// The seal of a tenant, whose keys are made if it has none yet.
    func seal(of tenant: TenantName) throws -> JobSeal {
        if let seal = known.withLock({ $0.byName[tenant] }) { return seal }
        let seal = try JobSeal(tenant, vault.keys(ofTenant: tenant.description))
        known.withLock {
            $0.byName[tenant] = seal
            $0.byID[seal.tenantID] = seal
        }
        return seal
    }

    /// The seal of a tenant that has keys.
    func knownSeal(of tenant: TenantName) throws -> JobSeal? {
        if let seal = known.withLock({ $0.byName[tenant] }) { return seal }
        guard try vault.tenantNames().contains(tenant.description) else { return nil }
        return try seal(of: tenant)
    }

    /// The seal of the tenant with a number; `nil` if there is no such tenant.
    func seal(ofID id: Int64) throws -> JobSeal? {
        if let seal = known.withLock({ $0.byID[id] }) { return seal }
        for name in try vault.tenantNames() {
            guard let tenant = TenantName(name) else { continue }
            let seal = try seal(of: tenant)
            if seal.tenantID == id { return seal }
        }
        return nil
    }

    func withSealer<Result>(_ body: (Sealer) throws -> Result) throws -> Result {
        try sealers.with(body)
    }
}

/// Sealers, of which each serves one thread at a time.
private final class SealerPool: @unchecked Sendable {
    // Safe to share: `free` is used under `lock`, a sealer by whoever took it.
    private let lock = Lock()
    private var free: [Sealer] = []

    func with<Result>(_ body: (Sealer) throws -> Result) throws -> Result {
        let sealer = try lock.withLock { free.popLast() } ?? Sealer()
        defer { lock.withLock { free.append(sealer) } }
        return try body(sealer)
    }
}
