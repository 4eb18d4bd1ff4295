internal import Foundation

/// The name that a user signs in with, often an e-mail address: without regard to case and to how its characters are
/// composed.
package struct LoginName: Hashable, Sendable {
    /// In lower case and NFKC.
    package let text: String

    private static let bytesMax = 254

    /// - Returns: `nil` if the text is empty, longer than 254 bytes, or holds spaces or control characters.
    package init?(_ text: String) {
        guard text.utf8.count <= 4 * Self.bytesMax else { return nil }
        let folded = text.precomposedStringWithCompatibilityMapping.lowercased()
            .precomposedStringWithCompatibilityMapping
        let trimmed = folded.trimmingCharacters(in: .whitespacesAndNewlines)
        let isPlain = trimmed.unicodeScalars.allSatisfy { scalar in
            !scalar.properties.isWhitespace
                && ![.control, .format, .surrogate, .unassigned, .privateUse]
                    .contains(scalar.properties.generalCategory)
        }
        guard isPlain, (1...Self.bytesMax).contains(trimmed.utf8.count) else { return nil }
        self.text = trimmed
    }

    /// Whether mail can be sent to it: something, one `@`, something with a point.
    package var isMailAddress: Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
            && !parts[1].hasSuffix(".") && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
