internal import Base

/// Keeps blocks lately opened, in two generations as `GenerationCache` does, and finds them by any entry they hold.
///
/// Blocks stand under stretches of 16 entries of the log: one that holds a dozen entries stands under one or two, and
/// blocks of single entries share one.
final class BlockCache: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let capacityBytes: Int
    private var young: [UInt64: [OpenedBlock]] = [:]
    private var old: [UInt64: [OpenedBlock]] = [:]
    private var youngBytes = 0

    private static let stretchBits: UInt64 = 4

    init(capacityBytes: Int) {
        self.capacityBytes = capacityBytes
    }

    /// The block that holds an entry, if it is kept.
    func block(tenant: Int64, holding sequence: UInt64) -> OpenedBlock? {
        let stretch = Self.stretch(tenant, sequence)
        return lock.withLock {
            if let found = young[stretch]?.first(where: { $0.holds(sequence) }) { return found }
            guard let found = old[stretch]?.first(where: { $0.holds(sequence) }) else { return nil }
            keep(found, tenant)
            return found
        }
    }

    /// Keeps a block.
    func insert(_ block: OpenedBlock, tenant: Int64) {
        lock.withLock { keep(block, tenant) }
    }

    /// Forgets everything.
    func removeAll() {
        lock.withLock {
            young.removeAll()
            old.removeAll()
            youngBytes = 0
        }
    }

    private func keep(_ block: OpenedBlock, _ tenant: Int64) {
        guard block.entryCount > 0 else { return }
        let first = Self.stretch(tenant, block.firstSequence)
        let last = Self.stretch(tenant, block.firstSequence + UInt64(block.entryCount - 1))
        for stretch in first...last {
            let isKept = young[stretch]?.contains { $0.firstSequence == block.firstSequence } ?? false
            if !isKept { young[stretch, default: []].append(block) }
        }
        youngBytes += block.memoryBytes + Self.overheadBytes
        if youngBytes > capacityBytes / 2 {
            old = young
            young = Dictionary(minimumCapacity: old.count)
            youngBytes = 0
        }
    }

    /// What a kept block takes beside its own bytes, roughly.
    private static let overheadBytes = 256

    private static func stretch(_ tenant: Int64, _ sequence: UInt64) -> UInt64 {
        UInt64(bitPattern: LogPosition.position(tenant: tenant, sequence: sequence)) >> stretchBits
    }
}
