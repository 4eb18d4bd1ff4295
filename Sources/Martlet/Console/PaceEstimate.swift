/// How fast something has gone lately, and how long the rest will take at that pace.
package struct PaceEstimate: Sendable {
    private struct Sample: Sendable {
        var seconds: Double
        var count: Int
        var fraction: Double?
    }

    private var samples: [Sample] = []
    private let windowSeconds: Double
    private let spacingSeconds = 0.25

    /// - Parameter windowSeconds: how far back "lately" goes.
    package init(windowSeconds: Double = 10) {
        self.windowSeconds = windowSeconds
    }

    /// Notes how far the work is at a moment; moments go up.
    package mutating func note(seconds: Double, count: Int, fraction: Double?) {
        if let last = samples.last, samples.count > 1, seconds - samples[samples.count - 2].seconds < spacingSeconds,
            last.seconds <= seconds
        {
            samples.removeLast()
        }
        samples.append(Sample(seconds: seconds, count: count, fraction: fraction))
        while samples.count > 2, seconds - samples[1].seconds > windowSeconds { samples.removeFirst() }
    }

    /// Counted things a second; `nil` before there is a second to judge by.
    package var rate: Double? {
        guard let first = samples.first, let last = samples.last, last.seconds - first.seconds >= 1 else { return nil }
        return Double(last.count - first.count) / (last.seconds - first.seconds)
    }

    /// Seconds until the fraction is 1; `nil` where the end is not known, or nothing moves.
    package var secondsLeft: Double? {
        guard let first = samples.first, let last = samples.last, last.seconds - first.seconds >= 1,
            let from = first.fraction, let to = last.fraction, to > from
        else { return nil }
        return (1 - to) * (last.seconds - first.seconds) / (to - from)
    }
}
