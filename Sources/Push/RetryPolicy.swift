package import Base
internal import HTTP

/// How long to wait before something is tried again.
package struct RetryPolicy: Sendable {
    private static let firstSeconds = 0.5
    private static let mostSeconds = 60.0
    /// What a server may ask for at most.
    private static let retryAfterMax = 3_600.0
    private static let doublingsMax = 10

    package init() {}

    /// Seconds until the next try: twice as many each time, and more or less of them, so that clients that were cut off
    /// together do not come back together. What the server asks for is kept to.
    /// - Parameters:
    ///   - failures: how often in a row it has failed, at least 1.
    ///   - retryAfter: what the server asked for.
    ///   - chance: from 0 to 1.
    package func seconds(failures: Int, retryAfter: Double?, chance: Double) -> Double {
        let doublings = min(max(failures, 1) - 1, Self.doublingsMax)
        let most = min(Self.mostSeconds, Self.firstSeconds * Double(1 << doublings))
        let own = most * (0.5 + chance / 2)
        guard let retryAfter else { return own }
        return max(own, min(max(retryAfter, 0), Self.retryAfterMax) * (1 + chance / 10))
    }

    /// Seconds that a `Retry-After` field asks for; `nil` if it is none.
    /// - Source: RFC 9110 section 10.2.3.
    package static func retryAfter(_ text: String?, at now: Instant) -> Double? {
        guard let text else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return Double(text) }
        guard let moment = HTTPDate.parse(text) else { return nil }
        return max(0, Double(moment.microseconds - now.microseconds) / 1e6)
    }
}
