internal import Base
internal import SQLDatabase
internal import Vault

/// The rows that tell of segments. A segment is being written (0), in use (1), or merged away (2).
enum SegmentTable {
    /// Enters a segment that is about to be written, and gives its number. No number is given twice: pages are cached by it.
    static func reserve(
        tenant: Int64, first: UInt64, last: UInt64, in database: any SQLDatabase
    ) throws -> Int64 {
        try database.write { connection in
            try connection.execute(
                "INSERT INTO segments (tenant_id, state, first_seq, last_seq) VALUES ($1, 0, $2, $3)",
                [.integer(tenant), .integer(Int64(first)), .integer(Int64(last))])
            var id: Int64 = 0
            try connection.query("SELECT MAX(segment_id) FROM segments", []) { row in
                id = row.integer(0)
                return false
            }
            return id
        }
    }

    /// Puts a written segment in use, and takes those that it was merged from out of it.
    static func enter(
        _ id: Int64, directory: SegmentDirectory, filter: BloomFilter, merged: [Int64], keys: TenantKeys,
        sealer: Sealer, on connection: any SQLConnection
    ) throws {
        let directoryBytes = try seal(directory.encoded(), segment: id, part: "directory", keys: keys, sealer: sealer)
        let words = filter.words.withUnsafeBytes { Array($0) }
        let filterBytes = try seal(words, segment: id, part: "filter", keys: keys, sealer: sealer)
        try connection.execute(
            "UPDATE segments SET state = 1, directory = $1, filter = $2 WHERE segment_id = $3",
            [.blob(directoryBytes), .blob(filterBytes), .integer(id)])
        for old in merged {
            try connection.execute("UPDATE segments SET state = 2 WHERE segment_id = $1", [.integer(old)])
        }
        try ManifestTable.update(keys, sealer: sealer, on: connection) { manifest in
            manifest.segments.add(try facts(id, on: connection), keys.markKey)
            for old in merged { manifest.segments.remove(try facts(old, on: connection), keys.markKey) }
        }
    }

    /// Number, first and last entry of a segment.
    private static func facts(_ id: Int64, on connection: any SQLConnection) throws -> [UInt64] {
        var facts: [UInt64] = []
        let sql = "SELECT segment_id, first_seq, last_seq FROM segments WHERE segment_id = $1"
        try connection.query(sql, [.integer(id)]) { row in
            facts = (0..<3).map { UInt64(bitPattern: row.integer($0)) }
            return false
        }
        return facts
    }

    /// Reads the stored facts of a segment.
    static func open(
        directory: UnsafeRawBufferPointer, filter: UnsafeRawBufferPointer, segment: Int64, keys: TenantKeys,
        sealers: Pool<Sealer>
    ) throws -> (directory: SegmentDirectory, filter: BloomFilter) {
        try sealers.with { sealer in
            let plain = ByteWriter(capacity: max(directory.count, filter.count))
            try unseal(directory, segment: segment, part: "directory", keys: keys, sealer: sealer, into: plain)
            guard let opened = SegmentDirectory(plain.bytes) else {
                throw StoreError(code: .damaged, detail: "the directory of the index segment \(segment) is malformed")
            }
            plain.removeAll()
            try unseal(filter, segment: segment, part: "filter", keys: keys, sealer: sealer, into: plain)
            guard plain.count > 0, plain.count % BloomFilter.blockBytes == 0 else {
                throw StoreError(code: .damaged, detail: "the filter of the index segment \(segment) is malformed")
            }
            let words = stride(from: 0, to: plain.count, by: 8).map { place in
                plain.bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            }
            return (opened, BloomFilter(words: words))
        }
    }

    /// Deletes a segment that is not in use: its pages first, a few at a time, then its row.
    static func delete(_ id: Int64, from database: any SQLDatabase) throws {
        let first = SegmentPosition.page(segment: id, number: 0)
        let end = SegmentPosition.page(segment: id + 1, number: 0)
        var isLeft = true
        while isLeft {
            isLeft = false
            try database.write { connection in
                var bound: Int64?
                let sql = """
                    SELECT position FROM segment_pages WHERE position >= $1 AND position < $2
                    ORDER BY position LIMIT 1 OFFSET 2000
                    """
                try connection.query(sql, [.integer(first), .integer(end)]) { row in
                    bound = row.integer(0)
                    return false
                }
                try connection.execute(
                    "DELETE FROM segment_pages WHERE position >= $1 AND position < $2",
                    [.integer(first), .integer(bound ?? end)])
                isLeft = bound != nil
                if bound == nil {
                    try connection.execute("DELETE FROM segments WHERE segment_id = $1", [.integer(id)])
                }
            }
        }
    }

    private static func seal(
        _ plain: [UInt8], segment: Int64, part: String, keys: TenantKeys, sealer: Sealer
    ) throws -> [UInt8] {
        let output = ByteWriter(capacity: plain.count + Sealer.overheadBytes)
        try plain.withUnsafeBytes { plain in
            try context(segment, part, keys).withUnsafeBytes { context in
                try sealer.seal(plain, key: keys.indexKey, context: context, into: output)
            }
        }
        return output.copy()
    }

    private static func unseal(
        _ sealed: UnsafeRawBufferPointer, segment: Int64, part: String, keys: TenantKeys, sealer: Sealer,
        into output: ByteWriter
    ) throws {
        do {
            try context(segment, part, keys).withUnsafeBytes { context in
                try sealer.open(sealed, key: keys.indexKey, context: context, into: output)
            }
        } catch {
            throw StoreError(
                code: .damaged, detail: "the \(part) of the index segment \(segment) was altered", cause: error)
        }
    }

    private static func context(_ segment: Int64, _ part: String, _ keys: TenantKeys) -> [UInt8] {
        Array("index \(part) \(keys.id) \(segment)".utf8)
    }
}

/// The stored chunks of the dead set, as of the last entry that a segment covers.
enum DeadChunkTable {
    static func position(tenant: Int64, chunk: Int) -> Int64 {
        tenant << 24 | Int64(chunk)
    }

    static func chunk(_ position: Int64) -> Int {
        Int(position & (1 << 24 - 1))
    }

    static func store(
        _ chunk: DeadSet.Chunk, number: Int, keys: TenantKeys, sealer: Sealer, on connection: any SQLConnection
    ) throws {
        let position = position(tenant: keys.id, chunk: number)
        var before: DeadSet.Chunk?
        try connection.query("SELECT bytes FROM dead_chunks WHERE position = $1", [.integer(position)]) { row in
            before = try open(row.blob(0), position: position, keys: keys, sealer: sealer)
            return false
        }
        let sealed = ByteWriter(capacity: chunk.words.count * 8 + Sealer.overheadBytes)
        try chunk.words.withUnsafeBytes { plain in
            try context(position).withUnsafeBytes { context in
                try sealer.seal(plain, key: keys.indexKey, context: context, into: sealed)
            }
        }
        try connection.execute(
            """
            INSERT INTO dead_chunks (position, bytes) VALUES ($1, $2)
            ON CONFLICT (position) DO UPDATE SET bytes = excluded.bytes
            """,
            [.integer(position), .bytes(sealed.bytes)])
        try ManifestTable.update(keys, sealer: sealer, on: connection) { manifest in
            if let before { manifest.dead.remove(before, number: number, keys.markKey) }
            manifest.dead.add(chunk, number: number, keys.markKey)
        }
    }

    static func open(
        _ sealed: UnsafeRawBufferPointer, position: Int64, keys: TenantKeys, sealer: Sealer
    ) throws -> DeadSet.Chunk {
        let plain = ByteWriter(capacity: sealed.count)
        do {
            try context(position).withUnsafeBytes { context in
                try sealer.open(sealed, key: keys.indexKey, context: context, into: plain)
            }
        } catch {
            throw StoreError(code: .damaged, detail: "a chunk of the dead set was altered", cause: error)
        }
        guard plain.count == DeadSet.chunkEntries / 8 else {
            throw StoreError(code: .damaged, detail: "a chunk of the dead set is malformed")
        }
        return DeadSet.Chunk(
            words: stride(from: 0, to: plain.count, by: 8).map { place in
                plain.bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            })
    }

    private static func context(_ position: Int64) -> [UInt8] {
        Array("dead chunk \(position)".utf8)
    }
}
