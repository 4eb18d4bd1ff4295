internal import Base
internal import HTTP
internal import RecordStore

/// Whether a client has a version already.
/// - Source: RFC 9110 sections 13.1.2, 13.1.3 and 13.2.2.
enum ReadCondition {
    /// Whether `If-None-Match`, or without one `If-Modified-Since`, makes the answer 304.
    static func isFresh(_ headers: HTTPHeaders, sequence: UInt64, lastUpdated: Instant) -> Bool {
        if let tags = headers.list("if-none-match") {
            return EntityTagCondition(tags)?.matches(String(sequence)) ?? false
        }
        guard let text = headers["if-modified-since"], let since = HTTPDate.parse(text) else { return false }
        // A date tells whole seconds.
        return lastUpdated.microseconds < since.microseconds + 1_000_000
    }
}
