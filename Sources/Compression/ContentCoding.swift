/// How a message's content is coded on its way.
/// - Source: RFC 9110 section 8.4.1; RFC 8878.
package enum ContentCoding: String, Sendable, CaseIterable {
    case zstd, gzip

    /// The coding of that name, in any case; `x-gzip` is gzip.
    package init?(named name: String) {
        switch name.lowercased() {
        case "gzip", "x-gzip": self = .gzip
        case "zstd": self = .zstd
        default: return nil
        }
    }
}
