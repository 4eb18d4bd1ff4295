/// A validator of one version of a resource: `"3"` or, weak, `W/"3"`.
/// - Source: RFC 9110 section 8.8.3.
package struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// What stands between the quotation marks.
    package var value: String
    package var isWeak: Bool

    /// A tag from its value, which has no quotation marks and control characters.
    package init(_ value: String, isWeak: Bool = false) {
        self.value = value
        self.isWeak = isWeak
    }

    /// Reads one tag as it stands in a header field; `nil` where it is malformed.
    package init?(parsing text: String) {
        var scanner = FieldScanner(text)
        scanner.skipSpace()
        self.init(&scanner)
        scanner.skipSpace()
        guard scanner.isAtEnd else { return nil }
    }

    init?(_ scanner: inout FieldScanner) {
        let isWeak = scanner.take(UInt8(ascii: "W"))
        guard !isWeak || scanner.take(UInt8(ascii: "/")), let value = scanner.opaqueTag() else { return nil }
        self.init(value, isWeak: isWeak)
    }

    package var description: String { (isWeak ? "W/\"" : "\"") + value + "\"" }
}

/// The value of `If-Match` or `If-None-Match`.
/// - Source: RFC 9110 sections 13.1.1 and 13.1.2.
package enum EntityTagCondition: Sendable, Equatable {
    /// `*`: any version, so long as there is one.
    case any
    case tags([EntityTag])

    /// - Returns: `nil` where `text` is malformed: an `If-Match` then fails, an `If-None-Match` is ignored.
    package init?(_ text: String) {
        var scanner = FieldScanner(text)
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "*")) {
            scanner.skipSpace()
            guard scanner.isAtEnd else { return nil }
            self = .any
            return
        }
        var tags: [EntityTag] = []
        while !scanner.isAtEnd {
            if let tag = EntityTag(&scanner) {
                tags.append(tag)
                scanner.skipSpace()
                guard scanner.isAtEnd || scanner.take(UInt8(ascii: ",")) else { return nil }
            } else if !scanner.take(UInt8(ascii: ",")) {
                return nil
            }
            scanner.skipSpace()
        }
        guard !tags.isEmpty else { return nil }
        self = .tags(tags)
    }

    /// Whether the version with the tag value `value` is among them, weak or not: the comparison of `If-None-Match`,
    /// and FHIR's of `If-Match`, whose tags are weak. `nil` means that there is no version.
    package func matches(_ value: String?) -> Bool {
        guard let value else { return false }
        switch self {
        case .any: return true
        case .tags(let tags): return tags.contains { $0.value == value }
        }
    }
}
