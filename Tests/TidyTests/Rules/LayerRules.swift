/// A target imports only what it declares, and declares only what lies below it.
enum LayerRules {
    /// Modules of the toolchain that any target may import; all others must be declared.
    static let toolchainModules: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "FoundationXML", "Glibc", "Synchronization",
    ]

    /// Every target stands in `Package.swift` below the comment of the layer that the table gives it.
    static func placement(of manifest: PackageManifest, in table: LayerTable) -> [Finding] {
        manifest.shipped.compactMap { target in
            guard let layer = table.layer(of: target.name) else {
                return finding(target, "is in no layer of the layer table")
            }
            guard target.layer == layer.number else {
                return finding(target, "belongs below the comment of layer \(layer.number)")
            }
            return nil
        }
    }

    /// Every dependency is of a lower layer or, where the layer allows it, stands earlier in the same one.
    static func direction(of manifest: PackageManifest, in table: LayerTable) -> [Finding] {
        manifest.shipped.flatMap { target -> [Finding] in
            guard let layer = table.layer(of: target.name) else { return [] }
            return target.dependencies.compactMap { dependency in
                guard let below = table.layer(of: dependency) else {
                    return finding(target, "depends on \(dependency), which is in no layer")
                }
                if layer.forbidden.contains(dependency) {
                    return finding(target, "is of layer \(layer.number), which never depends on \(dependency)")
                }
                if below.number < layer.number { return nil }
                guard below.number == layer.number else {
                    return finding(target, "depends on \(dependency), which lies higher")
                }
                guard layer.mayUseOwnLayer else {
                    return finding(target, "depends on \(dependency) of its own layer; the two never meet by import")
                }
                guard let own = layer.targets.firstIndex(of: target.name),
                    let other = layer.targets.firstIndex(of: dependency), other < own
                else { return finding(target, "depends on \(dependency), which stands after it in their layer") }
                return nil
            }
        }
    }

    /// A C target has one adapter, and no other target, test or not, depends on it.
    static func adapters(of manifest: PackageManifest, in table: LayerTable) -> [Finding] {
        let bridges = Set(manifest.targets.map(\.name).filter { table.layer(of: $0)?.number == 0 })
        return manifest.targets.flatMap { target -> [Finding] in
            target.dependencies.compactMap { dependency in
                guard bridges.contains(dependency), table.adapters[dependency] != target.name else { return nil }
                guard let adapter = table.adapters[dependency] else {
                    return finding(target, "depends on \(dependency), which has no adapter in the layer table")
                }
                return finding(target, "depends on \(dependency); only \(adapter) may")
            }
        }
    }

    /// Every import of a Swift file is declared by its target; C modules stay out of every interface.
    static func imports(of file: RepositoryFile, in manifest: PackageManifest, table: LayerTable) -> [Finding] {
        guard file.isSwift, file.isSource || file.isTest else { return [] }
        guard let target = manifest.target(ofFile: file.path) else {
            return [Finding(path: file.path, line: 1, message: "lies in the folder of no target")]
        }
        var allowed = toolchainModules.union(target.dependencies)
        if target.kind == .test { allowed.insert("Testing") }
        return imports(in: SwiftToken.tokens(of: file.text)).flatMap { found -> [Finding] in
            var messages: [String] = []
            if !allowed.contains(found.module) {
                messages.append("imports \(found.module), which \(target.name) does not declare")
            }
            if found.words.contains("@_exported") {
                messages.append("exports \(found.module) to whoever imports it, past the layer table")
            }
            let shown = found.words.intersection(
                table.inlined.contains(found.module) ? ["public"] : ["package", "public"])
            if table.layer(of: found.module)?.number == 0, !shown.isEmpty {
                messages.append("shows \(found.module) in its interface; import it as internal")
            }
            return messages.map { Finding(path: file.path, line: found.line, message: $0) }
        }
    }

    private struct Import {
        let module: String
        /// What stands before the keyword on its line: access level, `@preconcurrency`.
        let words: Set<String>
        let line: Int
    }

    private static func imports(in tokens: [SwiftToken]) -> [Import] {
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "var", "let"]
        return tokens.indices.compactMap { index in
            guard tokens[index].text == "import", index == 0 || tokens[index - 1].text != "." else { return nil }
            var name = index + 1
            if name < tokens.count, kinds.contains(tokens[name].text) { name += 1 }
            guard name < tokens.count, tokens[name].isWord, tokens[name].line == tokens[index].line else { return nil }
            let before = tokens[..<index].reversed().prefix { $0.line == tokens[index].line }
            let words = before.reversed().map { String($0.text) }.joined(separator: " ")
                .replacing("@ ", with: "@").split(separator: " ").map(String.init)
            return Import(module: String(tokens[name].text), words: Set(words), line: tokens[index].line)
        }
    }

    private static func finding(_ target: PackageManifest.Target, _ message: String) -> Finding {
        Finding(path: "Package.swift", line: target.line, message: "\(target.name) \(message)")
    }
}
