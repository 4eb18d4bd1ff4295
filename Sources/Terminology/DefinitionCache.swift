internal import Base

/// What was read from the source and made ready, by address, within a bound of bytes; the longest unused goes first.
/// A new revision of the source empties it.
final class DefinitionCache: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.

    enum Key: Hashable {
        case codeSystem(Canonical)
        case valueSet(Canonical)
        case members(Canonical)
    }

    enum Entry {
        case codeSystem(CodeSystemModel)
        case valueSet(ValueSetModel)
        case members(ValueSetMembers)
        /// There is none of that address.
        case none

        var byteCount: Int {
            switch self {
            case .codeSystem(let model): model.byteCount
            case .valueSet(let model): model.byteCount
            case .members(let members): members.byteCount
            case .none: 0
            }
        }
    }

    private struct Slot {
        var entry: Entry
        var byteCount: Int
        var lastUse: UInt64
    }

    private let lock = Lock()
    private let bytesMax: Int
    private var slots: [Key: Slot] = [:]
    private var byteCount = 0
    private var uses: UInt64 = 0
    private var revision: UInt64 = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Forgets everything if the source has changed.
    func follow(_ revision: UInt64) {
        lock.withLock {
            guard revision != self.revision else { return }
            self.revision = revision
            slots.removeAll()
            byteCount = 0
        }
    }

    subscript(key: Key) -> Entry? {
        lock.withLock {
            uses += 1
            slots[key]?.lastUse = uses
            return slots[key]?.entry
        }
    }

    /// Keeps an entry that was made from the source as it was at `revision`, unless that is over.
    func keep(_ entry: Entry, for key: Key, revision: UInt64) {
        lock.withLock {
            guard revision == self.revision else { return }
            let bytes = entry.byteCount + 512
            guard bytes <= bytesMax / 2 else { return }
            uses += 1
            if let old = slots.updateValue(Slot(entry: entry, byteCount: bytes, lastUse: uses), forKey: key) {
                byteCount -= old.byteCount
            }
            byteCount += bytes
            if byteCount > bytesMax { shrink() }
        }
    }

    /// Drops what was not used for longest until a quarter is free, so that this happens seldom.
    private func shrink() {
        for (key, slot) in slots.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            guard byteCount > bytesMax / 4 * 3 else { return }
            slots[key] = nil
            byteCount -= slot.byteCount
        }
    }
}
