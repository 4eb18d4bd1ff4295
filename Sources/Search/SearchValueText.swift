/// Takes the values of a query apart: `,` between alternatives, `|` and `$` inside of one, each escaped by `\`.
/// - Source: FHIR R4 search, escaping, https://hl7.org/fhir/R4/search.html#escaping
enum SearchValueText {
    /// The parts between separators that are not escaped; the parts keep their escapes.
    static func split(_ text: String, at separator: Unicode.Scalar) -> [String] {
        var parts: [String] = []
        var part = String.UnicodeScalarView()
        var isEscaped = false
        for character in text.unicodeScalars {
            if !isEscaped, character == separator {
                parts.append(String(part))
                part = String.UnicodeScalarView()
                continue
            }
            isEscaped = !isEscaped && character == "\\"
            part.append(character)
        }
        parts.append(String(part))
        return parts
    }

    /// The text without its escapes. A `\` before any other character stands for itself.
    static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var result = String.UnicodeScalarView()
        var isEscaped = false
        for character in text.unicodeScalars {
            if isEscaped {
                if !",|$\\".unicodeScalars.contains(character) { result.append("\\") }
                result.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        if isEscaped { result.append("\\") }
        return String(result)
    }
}
