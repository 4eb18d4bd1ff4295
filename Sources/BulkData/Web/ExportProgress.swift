/// What a server says of how far an export is: words for a person.
/// - Source: Bulk Data Access, https://hl7.org/fhir/uv/bulkdata/export.html#response---in-progress-status
package struct ExportProgress: Sendable, Equatable {
    /// Without control characters, at most 100 characters.
    package let text: String

    private static let charactersMax = 100

    /// - Returns: `nil` where nothing is said.
    package init?(_ value: String?) {
        guard let value else { return nil }
        let visible = value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        let text = String(String.UnicodeScalarView(visible.prefix(Self.charactersMax)))
        guard text.contains(where: { $0 != " " }) else { return nil }
        self.text = text
    }

    /// Its share of the whole, from 0 to 1, where the words hold one percentage.
    package var fraction: Double? {
        guard let sign = text.firstIndex(of: "%"), text[text.index(after: sign)...].firstIndex(of: "%") == nil else {
            return nil
        }
        let before = text[..<sign].reversed().drop { $0 == " " }
        let digits = before.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }.reversed()
        guard let percent = Double(String(digits)), percent <= 100 else { return nil }
        return percent / 100
    }
}
