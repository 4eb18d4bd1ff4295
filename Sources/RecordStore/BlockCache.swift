internal import Base

/// Keeps blocks lately opened, in two generations as `GenerationCache` does, and finds them by any entry they hold.
///
/// Blocks stand under stretches of 16 entries of the log: one that holds a dozen entries stands under one or two, and
/// blocks of single entries share one. A block is kept from the second time on that it is opened: most are looked at
/// once, and would only drive out those that are not.
final class BlockCache: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private let capacityBytes: Int
    private var young: [UInt64: [OpenedBlock]] = [:]
    private var old: [UInt64: [OpenedBlock]] = [:]
    private var youngBytes = 0
    /// Of blocks that were opened and not kept, the hash at its place.
    private var opened = [UInt32](repeating: 0, count: openedCount)

    private static let stretchBits: UInt64 = 4
    private static let openedCount = 1 << 15

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

    /// Notes that a block was opened, and keeps it if it was before.
    func insert(_ block: OpenedBlock, tenant: Int64) {
        let position = UInt64(bitPattern: LogPosition.position(tenant: tenant, sequence: block.firstSequence))
        let hash = position &* 0x9E37_79B9_7F4A_7C15
        let place = Int(hash >> 49)
        let mark = UInt32(truncatingIfNeeded: hash >> 17) | 1
        lock.withLock {
            if opened[place] == mark { keep(block, tenant) } else { opened[place] = mark }
        }
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
