/// The module map says of every target what it is for, and of nothing else.
///
/// A target's paragraph starts with its name, bold and as code: ``**`Base`**``.
enum ModuleMapRules {
    static let path = "docs/modules.md"
    /// A paragraph with fewer characters than this after the name says nothing.
    static let paragraphCharactersMin = 40

    static func check(_ map: RepositoryFile, against manifest: PackageManifest) -> [Finding] {
        let documented = paragraphs(of: map)
        let shipped = Set(manifest.shipped.map(\.name))
        let missing = manifest.shipped.filter { target in !documented.contains { $0.name == target.name } }
            .map { Finding(path: "Package.swift", line: $0.line, message: "\($0.name) is not in \(path)") }
        let strangers = documented.filter { !shipped.contains($0.name) }
            .map { Finding(path: map.path, line: $0.line, message: "\($0.name) is no target of Package.swift") }
        let empty = documented.filter { $0.characterCount < paragraphCharactersMin }
            .map { Finding(path: map.path, line: $0.line, message: "\($0.name) has no paragraph") }
        let repeated = Dictionary(grouping: documented, by: \.name).values.filter { $0.count > 1 }
            .map { Finding(path: map.path, line: $0[1].line, message: "\($0[1].name) is there twice") }
        return missing + strangers + empty + repeated
    }

    private struct Paragraph {
        let name: String
        let line: Int
        /// Without the name.
        var characterCount: Int
    }

    private static func paragraphs(of map: RepositoryFile) -> [Paragraph] {
        var paragraphs: [Paragraph] = []
        var isOpen = false
        for (index, line) in map.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("**`"), let end = line.dropFirst(3).firstRange(of: "`**") {
                let name = String(line.dropFirst(3)[..<end.lowerBound])
                paragraphs.append(
                    Paragraph(name: name, line: index + 1, characterCount: line[end.upperBound...].count))
                isOpen = true
            } else if line.isEmpty || line.hasPrefix("#") {
                isOpen = false
            } else if isOpen {
                paragraphs[paragraphs.count - 1].characterCount += line.count
            }
        }
        return paragraphs
    }
}
