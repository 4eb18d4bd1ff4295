internal import Access
internal import Base
internal import Vault

/// Seals what rows tell, under a key of the tenant that they are about.
struct RowSealer: Sendable {
    let vault: Vault

    private func key(_ tenant: TenantName) throws -> SecretKey {
        try vault.keys(ofTenant: tenant.description).indexKey.derived("martlet clients and tokens")
    }

    /// - Parameter context: whose row it is; it opens nowhere else.
    func seal(_ plain: UnsafeRawBufferPointer, tenant: TenantName, context: String) throws -> [UInt8] {
        let output = ByteWriter(capacity: plain.count + Sealer.overheadBytes)
        let key = try key(tenant)
        let bound = Array("\(tenant) \(context)".utf8)
        try bound.withUnsafeBytes { try Sealer().seal(plain, key: key, context: $0, into: output) }
        return output.copy()
    }

    func seal(_ plain: [UInt8], tenant: TenantName, context: String) throws -> [UInt8] {
        try plain.withUnsafeBytes { try seal($0, tenant: tenant, context: context) }
    }

    func open(_ sealed: [UInt8], tenant: TenantName, context: String) throws -> [UInt8] {
        try open(sealed, tenant: tenant, context: context) { Array($0) }
    }

    /// Lends what was sealed; it is wiped afterwards.
    func open<Result>(
        _ sealed: [UInt8], tenant: TenantName, context: String,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        let output = ByteWriter(capacity: sealed.count)
        defer { output.wipe() }
        let key = try key(tenant)
        let bound = Array("\(tenant) \(context)".utf8)
        try sealed.withUnsafeBytes { sealed in
            try bound.withUnsafeBytes { try Sealer().open(sealed, key: key, context: $0, into: output) }
        }
        return try body(output.bytes)
    }

    /// A keyed hash that stands for an account in the rows of its grants.
    func accountTag(_ account: String, tenant: TenantName) throws -> [UInt8] {
        try key(tenant).derived("account " + account).withBytes { Array($0) }
    }
}
