/// The words by which a person looks for codes: each must begin a word of the code's display or of a designation, or
/// begin the code itself. Upper and lower case do not matter.
struct TextFilter {
    private let words: [String]

    init(_ text: String) {
        words = Self.words(of: text)
    }

    /// Whether there is nothing to look for.
    var isEmpty: Bool { words.isEmpty }

    /// Whether each word is found in one of the texts.
    func accepts(code: String, texts: [String]) -> Bool {
        let code = code.lowercased()
        var found = words.map { code.hasPrefix($0) }
        for text in texts where found.contains(false) {
            let parts = Self.words(of: text)
            for (place, word) in words.enumerated() where !found[place] {
                found[place] = parts.contains { $0.hasPrefix(word) }
            }
        }
        return !found.contains(false)
    }

    /// The words of a text in lower case: runs of letters and digits. A filter such as `8480-6` is two.
    private static func words(of text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }
}
