import FHIR
import Foundation
import FoundationXML

/// An element of an XML document.
final class XMLTree {
    let name: String
    let attributes: [String: String]
    var children: [XMLTree] = []
    var text = ""

    init(_ name: String, _ attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }

    func child(_ name: String) -> XMLTree? { children.first { $0.name == name } }

    static func parse(_ data: Data) throws -> XMLTree {
        let reader = Reader()
        let parser = XMLParser(data: data)
        parser.delegate = reader
        guard parser.parse(), let root = reader.root else { throw CocoaError(.fileReadCorruptFile) }
        return root
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var root: XMLTree?
        private var open: [XMLTree] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            let made = XMLTree(name, attributes)
            open.last?.children.append(made)
            if root == nil { root = made }
            open.append(made)
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            open.last?.text += text
            // Text between elements of a narrative keeps its place as an element without a name.
            if let last = open.last {
                let piece = XMLTree("", [:])
                piece.text = text
                last.children.append(piece)
            }
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            open.removeLast()
        }
    }

    /// The element as XML again.
    var xml: String {
        if name.isEmpty {
            return text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
        }
        let pairs = attributes.sorted { $0.key < $1.key }.map { " \($0.key)=\"\($0.value)\"" }.joined()
        return "<\(name)\(pairs)>" + children.map(\.xml).joined() + "</\(name)>"
    }
}

/// Turns FHIR's XML into FHIR's JSON.
/// - Source: FHIR R4 JSON, https://hl7.org/fhir/R4/json.html
struct FHIRXML {
    let definitions: Definitions

    /// A resource as a JSON object.
    func resource(_ tree: XMLTree) -> [String: Any] {
        guard let type = definitions.type(named: tree.name) else { return [:] }
        var object = self.object(tree, type)
        object["resourceType"] = tree.name
        return object
    }

    private func object(_ tree: XMLTree, _ type: TypeID) -> [String: Any] {
        var object: [String: Any] = [:]
        for (name, value) in tree.attributes where name == "id" || name == "url" { object[name] = value }
        for child in tree.children where !child.name.isEmpty {
            guard let facts = definitions[type].element(named: child.name) else { continue }
            if definitions[facts.type].kind == .primitive {
                add(child, facts, to: &object)
            } else {
                let isResource = definitions[facts.type].kind == .resource
                let inner = child.children.first { !$0.name.isEmpty }
                let value = isResource ? inner.map(resource) ?? [:] : self.object(child, facts.type)
                put(value, facts, facts.name, into: &object)
            }
        }
        return object
    }

    private func add(_ tree: XMLTree, _ facts: ElementFacts, to object: inout [String: Any]) {
        let type = definitions[facts.type].name
        let value: Any?
        switch type {
        case "xhtml": value = tree.xml
        case "boolean": value = tree.attributes["value"].map { $0 == "true" }
        case "integer", "positiveInt", "unsignedInt": value = tree.attributes["value"].flatMap { Int($0) }
        case "decimal": value = tree.attributes["value"].flatMap { Decimal(string: $0) }
        default: value = tree.attributes["value"]
        }
        var extensions: [String: Any] = [:]
        if type != "xhtml", let element = definitions.type(named: "Element") {
            extensions = self.object(tree, element)
        }
        if let value { put(value, facts, facts.name, into: &object) }
        if !extensions.isEmpty { put(extensions, facts, "_" + facts.name, into: &object) }
    }

    private func put(_ value: Any, _ facts: ElementFacts, _ name: String, into object: inout [String: Any]) {
        guard facts.isArray else { return object[name] = value }
        object[name] = (object[name] as? [Any] ?? []) + [value]
    }
}
