package import Base
internal import HTTP

/// How long a server asks to be left alone.
/// - Source: RFC 9110 section 10.2.3.
package enum RetryAfter {
    /// The longest time that is kept to, in seconds: a server that names a later moment is asked again then.
    package static let secondsMax = 86_400.0

    /// - Parameter value: what the field says: whole seconds, or a moment.
    /// - Returns: seconds from `now` on, 0 for a moment that is over; `nil` for anything else.
    package static func seconds(_ value: String?, now: Instant) -> Double? {
        guard let value, !value.isEmpty else { return nil }
        if value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return min(Double(value) ?? secondsMax, secondsMax)
        }
        guard let moment = HTTPDate.parse(value) else { return nil }
        let (distance, isOver) = moment.microseconds.subtractingReportingOverflow(now.microseconds)
        return isOver ? secondsMax : min(max(0, Double(distance) / 1_000_000), secondsMax)
    }
}
