internal import Base
internal import Synchronization

/// Who a rate is kept for.
package enum RateSubject: Sendable {
    /// An IP address as in `HTTPRequest.remoteAddress`. IPv6 counts by network of 64 bits.
    case address(String)
    /// What identifies a credential, once it has been found good; hashed, and not kept.
    case credential(String)
}

/// Keeps one rate for each of many subjects, for many threads, in a fixed amount of memory.
package final class RateLimiter: Sendable {
    /// Threads of different subjects seldom wait for each other.
    private final class Shard: Sendable {
        let buckets: Mutex<TokenBuckets>

        init(_ buckets: TokenBuckets) {
            self.buckets = Mutex(buckets)
        }
    }

    private static let shardBits: UInt64 = 4
    private let shards: [Shard]
    private let addressKey: SipKey
    private let credentialKey: SipKey
    private let now: @Sendable () -> UInt64

    /// - Parameters:
    ///   - keysMax: how many subjects are known at once; 16 bytes each.
    ///   - now: nanoseconds of a clock that never goes back.
    package init(
        _ rate: Rate, keysMax: Int = 65_536, now: @escaping @Sendable () -> UInt64 = { monotonicNanoseconds() }
    ) {
        let count = 1 << Int(Self.shardBits)
        shards = (0..<count).map { _ in Shard(TokenBuckets(rate, keysMax: max(keysMax / count, 1))) }
        var random = SystemRandomNumberGenerator()
        addressKey = SipKey(low: random.next(), high: random.next())
        credentialKey = SipKey(low: random.next(), high: random.next())
        self.now = now
    }

    /// Counts one for the subject if it is within the rate.
    package func take(_ subject: RateSubject) -> RateDecision {
        let key = hash(subject)
        return shard(key).buckets.withLock { $0.take(key, now: now()) }
    }

    /// Whether one would be within the rate, without counting it.
    package func look(_ subject: RateSubject) -> RateDecision {
        let key = hash(subject)
        return shard(key).buckets.withLock { $0.look(key, now: now()) }
    }

    private func shard(_ key: UInt64) -> Shard {
        shards[Int(truncatingIfNeeded: key >> (64 - Self.shardBits))]
    }

    private func hash(_ subject: RateSubject) -> UInt64 {
        switch subject {
        case .credential(let text): return Self.hash(text, credentialKey)
        case .address(let text):
            guard text.utf8.contains(UInt8(ascii: ":")), let address = IPAddress(text), !address.isV4 else {
                return Self.hash(text, addressKey)
            }
            return withUnsafeBytes(of: address.network.high) { SipHash.hash64($0, key: addressKey) }
        }
    }

    private static func hash(_ text: String, _ key: SipKey) -> UInt64 {
        var text = text
        return text.withUTF8 { SipHash.hash64(UnsafeRawBufferPointer($0), key: key) }
    }
}
