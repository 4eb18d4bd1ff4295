/// Why a text is not JSON, or not JSON that is read here, and where.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case empty, invalidUTF8, unclosedString, controlCharacter, badEscape, badNumber, badLiteral, unexpected
        case truncated, trailing, tooDeep, tooLarge, noMemory
    }

    package var code: Code
    /// The byte offset in the source.
    package var offset: Int

    package init(code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    package var description: String {
        "\(explanation) at byte \(offset)"
    }

    /// What is wrong, without the place.
    package var explanation: String {
        switch code {
        case .empty: "nothing but white space"
        case .invalidUTF8: "text that is not UTF-8"
        case .unclosedString: "a string without its closing quote"
        case .controlCharacter: "a control character inside a string"
        case .badEscape: "a malformed escape in the string"
        case .badNumber: "a malformed number"
        case .badLiteral: "a word that is not true, false or null"
        case .unexpected: "an unexpected character"
        case .truncated: "the text ends inside a value"
        case .trailing: "something follows the value"
        case .tooDeep: "values nested too deep"
        case .tooLarge: "a text larger than the limit"
        case .noMemory: "no memory left for the text"
        }
    }
}
