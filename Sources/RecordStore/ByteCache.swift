internal import Base

/// Bytes in memory that a cache and its users share; freed when the last lets go.
final class CachedBytes: @unchecked Sendable {
    // Safe to share: the bytes never change after `init`.
    private let storage: UnsafeMutableRawBufferPointer

    init(copying bytes: UnsafeRawBufferPointer) {
        storage = .allocate(byteCount: max(1, bytes.count), alignment: 8)
        UnsafeMutableRawBufferPointer(rebasing: storage[..<bytes.count]).copyMemory(from: bytes)
        count = bytes.count
    }

    /// Bytes that `fill` writes: up to `capacity` of them; it returns how many.
    init(count capacity: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Int) throws {
        storage = .allocate(byteCount: max(1, capacity), alignment: 8)
        do {
            count = try fill(UnsafeMutableRawBufferPointer(rebasing: storage[..<capacity]))
        } catch {
            storage.deallocate()
            throw error
        }
    }

    deinit {
        storage.deallocate()
    }

    let count: Int

    /// The bytes; valid while this object lives.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: storage.baseAddress, count: count) }
}

/// Keeps what was used lately, in two generations: when the younger is full it becomes the older, and what nobody
/// asked for since then is forgotten.
final class GenerationCache<Value: AnyObject & Sendable>: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let capacityBytes: Int
    private var young: [UInt64: Value] = [:]
    private var old: [UInt64: Value] = [:]
    private var youngBytes = 0
    private let size: @Sendable (Value) -> Int

    init(capacityBytes: Int, size: @escaping @Sendable (Value) -> Int) {
        self.capacityBytes = capacityBytes
        self.size = size
    }

    /// What is kept under a key.
    subscript(key: UInt64) -> Value? {
        lock.withLock {
            if let value = young[key] { return value }
            guard let value = old[key] else { return nil }
            keep(value, for: key)
            return value
        }
    }

    /// Keeps a value.
    func insert(_ value: Value, for key: UInt64) {
        lock.withLock { keep(value, for: key) }
    }

    /// Forgets everything.
    func removeAll() {
        lock.withLock {
            young.removeAll()
            old.removeAll()
            youngBytes = 0
        }
    }

    private func keep(_ value: Value, for key: UInt64) {
        youngBytes += size(value) + 64
        young[key] = value
        if youngBytes > capacityBytes / 2 {
            old = young
            young = [:]
            youngBytes = 0
        }
    }
}

/// Objects that are dear to make and used by one thread at a time.
final class Pool<Item>: @unchecked Sendable {
    // Safe to share: the list is used under `lock`, and an item by its taker alone.
    private let lock = Lock()
    private var free: [Item] = []
    private let make: @Sendable () throws -> Item

    init(_ make: @escaping @Sendable () throws -> Item) {
        self.make = make
    }

    /// Lends an item for the time of `body`.
    func with<Result>(_ body: (Item) throws -> Result) throws -> Result {
        let item = try lock.withLock { free.popLast() } ?? make()
        defer { lock.withLock { free.append(item) } }
        return try body(item)
    }
}
