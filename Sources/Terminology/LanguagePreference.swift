/// The languages in which displays are wanted, best first.
/// - Source: RFC 4647 (look-up) and the header Accept-Language, RFC 9110 section 12.5.4.
package struct LanguagePreference: Sendable, Hashable {
    /// Tags in lower case, such as `de-ch`; none if any will do.
    package let tags: [String]

    /// Whatever the definitions say.
    package static let none = LanguagePreference(tags: [])

    private init(tags: [String]) {
        self.tags = tags
    }

    /// - Parameter text: a tag (`de`), or several with qualities (`de-CH, de;q=0.9, en;q=0.5`).
    package init(_ text: String) {
        var wanted: [(tag: String, quality: Double)] = []
        for part in text.split(separator: ",").prefix(32) {
            let fields = part.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
            guard let tag = fields.first, !tag.isEmpty, tag != "*" else { continue }
            let quality = fields.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if quality > 0 { wanted.append((tag.lowercased(), quality)) }
        }
        let order = wanted.indices.sorted { one, other in
            wanted[one].quality == wanted[other].quality ? one < other : wanted[one].quality > wanted[other].quality
        }
        tags = order.map { wanted[$0].tag }
    }

    /// The text in the best language there is.
    /// - Parameters:
    ///   - designations: of these, only displays (those of use `display` or without use) count.
    ///   - display: the usual text, and what is given if no language fits.
    ///   - language: the language of `display` if known.
    func choose(designations: [Designation], display: String?, language: String?) -> String? {
        guard !tags.isEmpty else { return display }
        for tag in tags {
            if let language, Self.matches(language, tag) { return display }
            let fit = designations.first { designation in
                guard designation.use == nil || designation.use == Designation.displayUse,
                    let language = designation.language
                else { return false }
                return Self.matches(language, tag)
            }
            if let fit { return fit.value }
        }
        return display
    }

    /// Whether what there is suits what is wanted: the same tag, or one is more special than the other.
    private static func matches(_ language: String, _ wanted: String) -> Bool {
        let language = language.lowercased()
        return language == wanted || language.hasPrefix(wanted + "-") || wanted.hasPrefix(language + "-")
    }
}
