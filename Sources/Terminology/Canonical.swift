/// The address of a definition, with the version that is wanted if any: `url|version`.
/// - Source: FHIR R4 canonical, https://hl7.org/fhir/R4/datatypes.html#canonical
package struct Canonical: Hashable, Sendable, CustomStringConvertible {
    package var url: String
    package var version: String?

    package init(url: String, version: String? = nil) {
        self.url = url
        self.version = version
    }

    /// Cuts at the last `|`; nothing behind it means no version.
    package init(_ text: String) {
        guard let bar = text.utf8.lastIndex(of: UInt8(ascii: "|")) else {
            url = text
            return
        }
        url = String(text[..<bar])
        let version = text[text.utf8.index(after: bar)...]
        self.version = version.isEmpty ? nil : String(version)
    }

    package var description: String { version.map { "\(url)|\($0)" } ?? url }

    /// Whether a definition of `version` is what this address asks for.
    package func accepts(version other: String?) -> Bool {
        guard let version else { return true }
        return version == other
    }

    /// Whether version `left` is older than `right`: part by part between dots and dashes, numbers as numbers; a
    /// definition without version is older than any with one.
    package static func isOlder(_ left: String?, than right: String?) -> Bool {
        guard let left else { return right != nil }
        guard let right else { return false }
        let leftParts = left.split { $0 == "." || $0 == "-" }
        let rightParts = right.split { $0 == "." || $0 == "-" }
        for (one, other) in zip(leftParts, rightParts) where one != other {
            if let number = UInt64(one), let otherNumber = UInt64(other), number != otherNumber {
                return number < otherNumber
            }
            return one < other
        }
        return leftParts.count < rightParts.count
    }
}
