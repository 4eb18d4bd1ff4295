/// What `Package.swift` says of its targets, read from its text: no build is needed to judge it.
struct PackageManifest {
    struct Target {
        enum Kind: String, CaseIterable {
            case system = ".systemLibrary("
            case library = ".target("
            case executable = ".executableTarget("
            case test = ".testTarget("
        }

        let name: String
        let kind: Kind
        let dependencies: [String]
        /// The folder of its sources.
        let path: String
        /// The number in the comment that opens its section, `// 2 pure, no I/O`; `nil` for tests.
        let layer: Int?
        let line: Int
    }

    let targets: [Target]

    /// Every target that is no test.
    var shipped: [Target] { targets.filter { $0.kind != .test } }

    func target(named name: String) -> Target? { targets.first { $0.name == name } }

    /// The target whose folder holds the file at `path`.
    func target(ofFile path: String) -> Target? { targets.first { path.hasPrefix($0.path + "/") } }

    init(_ text: String) {
        let source = Array(text.utf8)
        let code = SwiftMask.code(of: text)
        let sections = Self.sections(of: text)
        var targets: [Target] = []
        var line = 1
        var offset = 0
        while offset < code.count {
            defer { offset += 1 }
            if code[offset] == UInt8(ascii: "\n") { line += 1 }
            guard code[offset] == UInt8(ascii: "."),
                let kind = Target.Kind.allCases.first(where: { code[offset...].starts(with: $0.rawValue.utf8) }),
                let end = Self.closing(of: offset + kind.rawValue.utf8.count - 1, in: code)
            else { continue }
            let call = offset..<end
            guard let name = Self.strings(after: "name:", in: call, code: code, source: source).first else { continue }
            let folder = kind == .test ? "Tests" : "Sources"
            let layer = sections.last { $0.line <= line }?.layer
            targets.append(
                Target(
                    name: name, kind: kind,
                    dependencies: Self.strings(after: "dependencies:", in: call, code: code, source: source),
                    path: Self.strings(after: "path:", in: call, code: code, source: source).first
                        ?? "\(folder)/\(name)",
                    layer: kind == .test ? nil : layer, line: line))
            line += code[call].count { $0 == UInt8(ascii: "\n") }
            offset = end
        }
        self.targets = targets
    }

    /// The comments that open a layer: a number and a name alone on their line.
    private static func sections(of text: String) -> [(line: Int, layer: Int)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let words = line.split(separator: " ")
            guard words.count >= 3, words[0] == "//", let layer = Int(words[1]) else { return nil }
            return (index + 1, layer)
        }
    }

    private static func closing(of open: Int, in code: [UInt8]) -> Int? {
        var depth = 0
        for index in open..<code.count {
            if "([".utf8.contains(code[index]) { depth += 1 }
            if ")]".utf8.contains(code[index]) { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    /// The string after `label`, or all those of the bracket after it.
    private static func strings(after label: String, in call: Range<Int>, code: [UInt8], source: [UInt8]) -> [String] {
        guard let at = call.first(where: { code[$0..<call.upperBound].starts(with: label.utf8) }) else { return [] }
        var index = at + label.utf8.count
        while index < call.upperBound, " \n".utf8.contains(code[index]) { index += 1 }
        let isList = index < call.upperBound && code[index] == UInt8(ascii: "[")
        let end = isList ? closing(of: index, in: code) ?? call.upperBound : call.upperBound
        var strings: [String] = []
        while let open = code[index..<end].firstIndex(of: UInt8(ascii: "\"")),
            let close = code[(open + 1)..<end].firstIndex(of: UInt8(ascii: "\""))
        {
            strings.append(String(decoding: source[(open + 1)..<close], as: UTF8.self))
            guard isList else { break }
            index = close + 1
        }
        return strings
    }
}
