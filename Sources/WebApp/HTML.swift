/// A piece of HTML that is safe to send: what is interpolated into it as text is escaped, other `HTML` is not.
///
/// `HTML` can be made from literals only, so markup never comes from data.
package struct HTML: Sendable, ExpressibleByStringInterpolation {
    /// The markup.
    package let text: String

    package init(stringLiteral value: String) {
        text = value
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
    }

    private init(markup: String) {
        text = markup
    }

    package static let empty: HTML = ""

    /// The pieces one after the other.
    package static func joined(_ pieces: [HTML]) -> HTML {
        HTML(markup: pieces.map(\.text).joined(separator: "\n"))
    }

    /// `text` with `& < > " '` as character references: safe in content and in quoted attribute values.
    package static func escape(_ text: String) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Collects literals as they are and everything else escaped.
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Text, escaped.
        package mutating func appendInterpolation(_ value: String) {
            text += HTML.escape(value)
        }

        /// Markup, as it is.
        package mutating func appendInterpolation(_ value: HTML) {
            text += value.text
        }
    }
}
