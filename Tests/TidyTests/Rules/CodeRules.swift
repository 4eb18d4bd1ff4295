/// What no Swift file of the house does, and where.
enum CodeRules {
    static let sourceLinesMax = 500

    /// Folders whose code speaks to a person at a terminal.
    private static let printingFolders = ["Sources/martlet-cli/", "Sources/Martlet/"]

    /// Code that ends the process where an error should be thrown or a test should fail.
    static func crashes(in outline: SwiftOutline) -> [Finding] {
        pairs(of: outline).compactMap { previous, token, next in
            if token.text == "!", let previous, token.touchesPrevious, endsOperand(previous), !isInequality(token, next)
            {
                switch previous.text {
                case "try", "as": return finding(outline, token, "\(previous.text)! crashes where it could throw")
                default: return finding(outline, token, "\(previous.text)! crashes on nil")
                }
            }
            if token.text == "fatalError", next?.text == "(", previous?.text != "func" {
                return finding(outline, token, "fatalError ends the process")
            }
            return nil
        }
    }

    /// `@testable`, which ties tests to what `package` access does not show and makes release builds differ.
    static func testableImports(in outline: SwiftOutline) -> [Finding] {
        pairs(of: outline).compactMap { previous, token, _ in
            previous?.text == "@" && token.text == "testable"
                ? finding(outline, token, "@testable: package access is enough") : nil
        }
    }

    /// Printing from a library, where it may show a patient's data and nobody reads it.
    static func prints(in outline: SwiftOutline) -> [Finding] {
        guard outline.path.hasPrefix("Sources/"), !printingFolders.contains(where: { outline.path.hasPrefix($0) })
        else {
            return []
        }
        return pairs(of: outline).compactMap { previous, token, next in
            ["print", "debugPrint", "dump"].contains(token.text) && next?.text == "(" && previous?.text != "."
                && previous?.text != "func" ? finding(outline, token, "\(token.text) in a library") : nil
        }
    }

    /// The wall clock read outside `Base`, so that no test can set it.
    static func clocks(in outline: SwiftOutline) -> [Finding] {
        guard outline.path.hasPrefix("Sources/"), !outline.path.hasPrefix("Sources/Base/") else { return [] }
        return outline.tokens.indices.dropLast(2).compactMap { index in
            outline.tokens[index...].prefix(3).map(\.text) == ["Date", "(", ")"]
                ? finding(outline, outline.tokens[index], "Date() outside Base; take a Clock") : nil
        }
    }

    /// A source file that nobody can keep in mind, unless a tool made it.
    static func length(of file: RepositoryFile) -> [Finding] {
        guard file.isSource, !(file.isGenerated && file.isLeftUnformatted) else { return [] }
        let lines =
            file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            - (file.text.hasSuffix("\n") ? 1 : 0)
        guard lines > sourceLinesMax else { return [] }
        return [
            Finding(
                path: file.path, line: sourceLinesMax + 1, message: "\(lines) lines; split it below \(sourceLinesMax)")
        ]
    }

    private static func pairs(
        of outline: SwiftOutline
    ) -> [(previous: SwiftToken?, token: SwiftToken, next: SwiftToken?)] {
        let tokens = outline.tokens
        return tokens.indices.map { index in
            (
                index > 0 ? tokens[index - 1] : nil, tokens[index],
                index + 1 < tokens.count ? tokens[index + 1] : nil
            )
        }
    }

    private static func endsOperand(_ token: SwiftToken) -> Bool {
        token.isWord || [")", "]", "}", "?", ">", "\""].contains(token.text)
    }

    private static func isInequality(_ mark: SwiftToken, _ next: SwiftToken?) -> Bool {
        next.map { $0.text == "=" && $0.touchesPrevious } ?? false
    }

    private static func finding(_ outline: SwiftOutline, _ token: SwiftToken, _ message: String) -> Finding {
        Finding(path: outline.path, line: token.line, message: message)
    }
}
