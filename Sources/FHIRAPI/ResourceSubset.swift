internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Search

/// Parts of resources, as `_summary` and `_elements` ask for them. What must be there, and what changes the meaning of
/// the rest, always stays; what is left is tagged `SUBSETTED`.
/// - Source: FHIR R4 search, https://hl7.org/fhir/R4/search.html#summary
struct ResourceSubset {
    enum Rule: Equatable {
        case summary, text, data
        /// The elements of these names.
        case elements(Set<String>)
    }

    let rule: Rule
    private let definitions: Definitions
    private let tagNumber: UInt16
    private let metaNumber: UInt16
    private let extensionType: TypeID?

    /// - Returns: `nil` if whole resources are wanted.
    init?(summary: ResultOptions.Summary?, elements: [String], definitions: Definitions) {
        switch summary {
        case .yes: rule = .summary
        case .text: rule = .text
        case .data: rule = .data
        case .no, .count, nil:
            guard !elements.isEmpty else { return nil }
            rule = .elements(Set(elements))
        }
        self.definitions = definitions
        tagNumber = definitions.names.number(of: "tag")
        metaNumber = definitions.names.number(of: "meta")
        extensionType = definitions.type(named: "Extension")
    }

    /// The first of the names that is no element of a type.
    static func unknownElement(_ names: [String], of type: TypeID, definitions: Definitions) -> String? {
        let facts = definitions[type]
        return names.first { name in
            !facts.elements.contains { $0.name == name || $0.baseName == name } && name != "resourceType"
        }
    }

    /// Writes what is wanted of a version.
    /// - Throws: `StoreError.damaged` if what is stored is no JSON.
    func write(_ resource: StoredResource, using bench: Workbench, to writer: ByteWriter) throws {
        let whole = ByteWriter(capacity: 8192)
        resource.writeJSON(to: whole)
        guard let type = definitions.type(named: resource.type) else {
            throw StoreError(code: .damaged, detail: "an entry of an unknown type")
        }
        do {
            write(try bench.parse(whole.bytes), of: type, to: writer)
        } catch {
            throw StoreError(code: .damaged, detail: "entry \(resource.sequence) is no JSON", cause: error)
        }
    }

    private func write(_ root: JSONValue, of type: TypeID, to writer: ByteWriter) {
        writer.write("{")
        var count = 0
        for member in root.members {
            guard member.number == definitions.resourceTypeNumber || keeps(member, of: type) else { continue }
            if count > 0 { writer.write(UInt8(ascii: ",")) }
            count += 1
            writeJSONString(member.name, to: writer)
            writer.write(UInt8(ascii: ":"))
            if member.number == metaNumber {
                writeMeta(member.value, to: writer)
            } else if rule == .summary {
                writeSummary(member, in: type, to: writer)
            } else {
                member.value.write(to: writer)
            }
        }
        writer.write("}")
    }

    private func element(_ member: JSONMember, of type: TypeID) -> ElementFacts? {
        guard let shape = definitions.shape(of: type, numbered: member.number) else { return nil }
        return definitions[type].elements[Int(shape.ordinal)]
    }

    private func keeps(_ member: JSONMember, of type: TypeID) -> Bool {
        guard let facts = element(member, of: type) else { return false }
        if facts.name == "id" || facts.name == "meta" || facts.min > 0 || facts.isModifier { return true }
        return switch rule {
        case .summary: facts.isSummary
        case .text: facts.name == "text"
        case .data: facts.name != "text"
        case .elements(let names): names.contains(facts.name) || names.contains(facts.baseName)
        }
    }

    /// Writes of a member's value what belongs to a summary, all the way down. Extensions that stay, stay whole.
    private func writeSummary(_ member: JSONMember, in type: TypeID, to writer: ByteWriter) {
        guard let shape = definitions.shape(of: type, numbered: member.number), !shape.isExtension,
            shape.primitive == nil, !shape.holdsResource, shape.type != extensionType
        else { return member.value.write(to: writer) }
        guard member.value.isArray else { return writeObject(member.value, of: shape.type, to: writer) }
        writer.write("[")
        for (place, value) in member.value.elements.enumerated() {
            if place > 0 { writer.write(UInt8(ascii: ",")) }
            writeObject(value, of: shape.type, to: writer)
        }
        writer.write("]")
    }

    private func writeObject(_ object: JSONValue, of type: TypeID, to writer: ByteWriter) {
        let isKept = { (member: JSONMember) in self.keeps(member, of: type) }
        // An object must not be empty: one of which nothing belongs to the summary stays as it is.
        guard object.isObject, object.members.contains(where: isKept) else { return object.write(to: writer) }
        writer.write("{")
        var count = 0
        for member in object.members where isKept(member) {
            if count > 0 { writer.write(UInt8(ascii: ",")) }
            count += 1
            writeJSONString(member.name, to: writer)
            writer.write(UInt8(ascii: ":"))
            writeSummary(member, in: type, to: writer)
        }
        writer.write("}")
    }

    private func writeMeta(_ meta: JSONValue, to writer: ByteWriter) {
        writer.write("{")
        if meta.writeMembers(to: writer, leavingOut: { $0.number == tagNumber }) > 0 { writer.write(UInt8(ascii: ",")) }
        writer.write("\"tag\":[")
        for tag in meta.member(numbered: tagNumber)?.elementsOrSelf.map({ $0 }) ?? [] where tag.isObject {
            tag.write(to: writer)
            writer.write(UInt8(ascii: ","))
        }
        writer.write(
            """
            {"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}
            """)
    }
}
