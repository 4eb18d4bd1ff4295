internal import Base
internal import SQLDatabase
internal import Vault

/// Reads the sealed pages of a tenant's segments and keeps those lately used.
final class SegmentPageSource: Sendable {
    private let database: any SQLDatabase
    private let keys: TenantKeys
    private let sealers: Pool<Sealer>
    private let cache: GenerationCache<CachedBytes>

    init(database: any SQLDatabase, keys: TenantKeys, sealers: Pool<Sealer>, cache: GenerationCache<CachedBytes>) {
        self.database = database
        self.keys = keys
        self.sealers = sealers
        self.cache = cache
    }

    /// The plain bytes of a page.
    /// - Throws: `StoreError.damaged` if it is missing or was altered.
    func page(segment: Int64, number: Int) throws -> CachedBytes {
        let position = SegmentPosition.page(segment: segment, number: number)
        if let known = cache[UInt64(bitPattern: position)] { return known }
        let plain = ByteWriter(capacity: PostingPage.targetBytes * 2)
        try load(segment: segment, number: number, into: plain)
        let page = CachedBytes(copying: plain.bytes)
        cache.insert(page, for: UInt64(bitPattern: position))
        return page
    }

    /// Reads the plain bytes of a page without the cache.
    /// - Throws: as `page`.
    func load(segment: Int64, number: Int, into output: ByteWriter) throws {
        output.removeAll()
        let position = SegmentPosition.page(segment: segment, number: number)
        var isFound = false
        try database.read { connection in
            try connection.query("SELECT bytes FROM segment_pages WHERE position = $1", [.integer(position)]) { row in
                try open(row.blob(0), position: position, into: output)
                isFound = true
                return false
            }
        }
        guard isFound else {
            throw StoreError(code: .damaged, detail: "page \(number) of the index segment \(segment) is missing")
        }
    }

    private func open(_ sealed: UnsafeRawBufferPointer, position: Int64, into output: ByteWriter) throws {
        try sealers.with { sealer in
            let context = SegmentPosition.context(tenant: keys.id, position: position)
            do {
                try context.withUnsafeBytes { context in
                    try sealer.open(sealed, key: keys.indexKey, context: context, into: output)
                }
            } catch {
                throw StoreError(code: .damaged, detail: "an index page was altered", cause: error)
            }
        }
    }
}

/// How pages are numbered across segments, and what is bound to their sealing.
enum SegmentPosition {
    static let pageBits: Int64 = 24

    static func page(segment: Int64, number: Int) -> Int64 {
        segment << pageBits | Int64(number)
    }

    static func context(tenant: Int64, position: Int64) -> [UInt8] {
        Array("index page \(tenant) \(position)".utf8)
    }
}
