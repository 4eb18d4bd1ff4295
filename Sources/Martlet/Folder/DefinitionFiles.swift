internal import Base
internal import FHIR
internal import JSONTape
internal import Terminology
internal import Validation

/// StructureDefinitions, ValueSets and CodeSystems from files: single resources, Bundles of them, or folders of both.
struct DefinitionFiles: TerminologySource, ProfileSource {
    private struct Definition {
        var version: String?
        var json: [UInt8]
    }

    private var byURL: [String: [Definition]] = [:]
    /// The urls of the StructureDefinitions that stood alone in a file named by itself.
    private(set) var named: [String] = []

    private static let fileBytesMax = 256 << 20
    private static let types: Set = ["StructureDefinition", "ValueSet", "CodeSystem"]

    /// Reads a file, or all of a folder that end in `.json`.
    /// - Throws: `MartletError.input` if something cannot be read, or a file that was named holds no definition.
    mutating func add(_ path: String) throws(MartletError) {
        guard let names = try? FolderListing.names(in: path) else {
            let found = try read(path, isNamed: true)
            if found == 0 { throw MartletError(.input, "\(path) holds no StructureDefinition, ValueSet or CodeSystem") }
            return
        }
        for name in names where name.hasSuffix(".json") { _ = try read(path + "/" + name, isNamed: false) }
    }

    /// - Returns: how many definitions there are in it.
    private mutating func read(_ path: String, isNamed: Bool) throws(MartletError) -> Int {
        let bytes = try InputFile.read(path, bytesMax: Self.fileBytesMax)
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes, depthMax: 256)
        } catch {
            throw MartletError(.input, "\(path) is not JSON: \(error)", cause: error)
        }
        return document.withRoot { root in
            guard root.member("resourceType")?.equals("Bundle") == true else {
                guard let (url, type) = keep(root) else { return 0 }
                if isNamed, type == "StructureDefinition" { named.append(url) }
                return 1
            }
            var count = 0
            for entry in root.member("entry")?.elements ?? root.elements {
                if let resource = entry.member("resource"), keep(resource) != nil { count += 1 }
            }
            return count
        }
    }

    private mutating func keep(_ resource: JSONValue) -> (url: String, type: String)? {
        guard let type = resource.member("resourceType")?.string, Self.types.contains(type),
            let url = resource.member("url")?.string
        else { return nil }
        let text = ByteWriter()
        resource.write(to: text)
        byURL[type + " " + url, default: []].append(
            Definition(version: resource.member("version")?.string, json: Array(text.bytes)))
        return (url, type)
    }

    private func find(_ type: String, _ canonical: Canonical) -> [UInt8]? {
        let all = byURL[type + " " + canonical.url] ?? []
        return all.filter { canonical.accepts(version: $0.version) }
            .max { Canonical.isOlder($0.version, than: $1.version) }?.json
    }

    func revision() -> UInt64 { 0 }
    func structureDefinition(_ canonical: Canonical) -> [UInt8]? { find("StructureDefinition", canonical) }
    func codeSystem(_ canonical: Canonical) -> [UInt8]? { find("CodeSystem", canonical) }
    func valueSet(_ canonical: Canonical) -> [UInt8]? { find("ValueSet", canonical) }
}
