/// A token bucket for each key, in a table whose size is fixed when it is made: a pure state machine, told the time.
///
/// A bucket is one number, the moment at which it will be full again (the generic cell rate algorithm). Keys lie in sets
/// of eight; when a set has no room, the bucket that is nearest to full is forgotten, which is no loss where it is full.
/// So clients that make up keys without end cost no memory, and at worst give others a fresh bucket.
package struct TokenBuckets: Sendable {
    private struct Slot {
        /// 0 where there is none.
        var key: UInt64 = 0
        /// When the bucket is full again, in nanoseconds.
        var fullAt: UInt64 = 0
    }

    private static let setSize = 8
    private let rate: Rate
    private let setMask: UInt64
    private var slots: [Slot]

    /// Room for at least `keysMax` keys, rounded up to a power of two.
    package init(_ rate: Rate, keysMax: Int) {
        self.rate = rate
        var sets = 1
        while sets * Self.setSize < min(keysMax, 1 << 24) { sets *= 2 }
        setMask = UInt64(sets - 1)
        slots = [Slot](repeating: Slot(), count: sets * Self.setSize)
    }

    /// How many keys there is room for.
    package var capacity: Int { slots.count }

    /// Takes a token of the key's bucket if it has one; a refusal changes nothing.
    /// - Parameters:
    ///   - key: a hash that clients cannot foresee.
    ///   - now: nanoseconds of a clock that never goes back.
    package mutating func take(_ key: UInt64, now: UInt64) -> RateDecision {
        let place = place(of: key)
        let decision: RateDecision
        var slot = slots[place.index]
        if !place.isPresent {
            slot.key = key | 1
            slot.fullAt = now
        }
        let fullAt = max(slot.fullAt, now) + rate.intervalNanoseconds
        if fullAt - now > rate.burstNanoseconds {
            decision = .refused(waitNanoseconds: fullAt - now - rate.burstNanoseconds)
        } else {
            slot.fullAt = fullAt
            slots[place.index] = slot
            decision = .allowed
        }
        return decision
    }

    /// What `take` would say, without taking.
    package func look(_ key: UInt64, now: UInt64) -> RateDecision {
        let place = place(of: key)
        guard place.isPresent else { return .allowed }
        let fullAt = max(slots[place.index].fullAt, now) + rate.intervalNanoseconds
        guard fullAt - now > rate.burstNanoseconds else { return .allowed }
        return .refused(waitNanoseconds: fullAt - now - rate.burstNanoseconds)
    }

    /// The slot of the key, or else the one to use for it.
    private func place(of key: UInt64) -> (index: Int, isPresent: Bool) {
        let first = Int(truncatingIfNeeded: (key >> 1) & setMask) * Self.setSize
        // The lowest bit is set in every key that is kept: 0 stands for none.
        let kept = key | 1
        var oldest = first
        for index in first..<first + Self.setSize {
            if slots[index].key == kept { return (index, true) }
            if slots[index].fullAt < slots[oldest].fullAt { oldest = index }
        }
        return (oldest, false)
    }
}
