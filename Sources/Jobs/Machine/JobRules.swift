/// The figures that decisions depend on.
package struct JobRules: Hashable, Sendable {
    /// The first retry comes after a random span of at most this, each further one of at most twice that before it.
    package var backoffSeconds = 1.0
    /// No retry waits longer.
    package var backoffSecondsMax = 3600.0
    /// A job whose holder vanished more often than this in a row is a dead letter: it may be what kills them. The first time it is
    /// there for others at once; from the second on it waits as after a failure.
    package var lossesMax = 20
    /// What a point of priority counts.
    package var agingSeconds = 60.0

    package init() {}

    /// A random span from nothing to what the number of failures so far allows ("full jitter"), in microseconds.
    /// - Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    package func backoff(failures: Int, using random: inout some RandomNumberGenerator) -> Int64 {
        Int64.random(in: 0...backoffMax(failures: failures), using: &random)
    }

    /// The longest span that `backoff` gives, in microseconds.
    package func backoffMax(failures: Int) -> Int64 {
        var seconds = backoffSeconds
        for _ in 1..<max(failures, 1) where seconds < backoffSecondsMax { seconds *= 2 }
        return Int64(max(0, min(seconds, backoffSecondsMax, 1e9)) * 1_000_000)
    }

    var agingMicroseconds: Int64 { Int64(max(0, min(agingSeconds, 1e6)) * 1_000_000) }
}
