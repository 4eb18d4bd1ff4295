/// Gathers a code system that is being read. A concept's properties and designations are added right after it, before
/// the concepts nested in it.
struct CodeSystemBuilder {
    /// That a concept stands under or over another, told by a property.
    struct Link {
        var concept: UInt32
        var other: TextSlice
        var isParent: Bool
    }

    var header: DefinitionHeader
    var content: CodeSystemModel.Content
    var isCaseSensitive = true
    var hierarchyMeaning: String?
    var valueSet: String?
    private(set) var declarations: [PropertyDeclaration] = []
    private(set) var texts: TextCollector
    private(set) var concepts: [ConceptRecord] = []
    private(set) var properties: [PropertyRecord] = []
    private(set) var designations: [DesignationRecord] = []
    private(set) var links: [Link] = []
    private var roles: [String: PropertyRole] = [:]

    init(header: DefinitionHeader, content: CodeSystemModel.Content, permanent: UnsafeRawBufferPointer? = nil) {
        self.header = header
        self.content = content
        texts = TextCollector(permanent: permanent)
    }

    mutating func declare(_ declaration: PropertyDeclaration) {
        declarations.append(declaration)
        roles[declaration.code] = declaration.role
    }

    /// The declared type of a property.
    func kind(of property: String) -> PropertyKind? {
        declarations.first { $0.code == property }?.kind
    }

    /// - Returns: the concept's number.
    mutating func addConcept(
        _ code: UnsafeRawBufferPointer, display: UnsafeRawBufferPointer?, definition: UnsafeRawBufferPointer?,
        parent: Int32
    ) throws(TerminologyError) -> Int32 {
        guard let number = Int32(exactly: concepts.count) else {
            throw TerminologyError(.tooCostly, "a code system with more than two thousand million concepts")
        }
        var record = ConceptRecord(code: try texts.add(code), treeParent: parent)
        if let display { record.display = try texts.add(display) }
        if let definition { record.definition = try texts.add(definition) }
        record.propertyStart = UInt32(truncatingIfNeeded: properties.count)
        record.designationStart = UInt32(truncatingIfNeeded: designations.count)
        concepts.append(record)
        return number
    }

    /// Adds a property to the concept last added.
    mutating func addProperty(
        _ code: UnsafeRawBufferPointer, _ kind: PropertyKind, _ value: UnsafeRawBufferPointer,
        system: UnsafeRawBufferPointer? = nil, display: UnsafeRawBufferPointer? = nil
    ) throws(TerminologyError) {
        guard let last = concepts.indices.last else { return }
        var record = PropertyRecord(code: try texts.add(code), kind: kind, value: try texts.add(value))
        if let system { record.system = try texts.add(system) }
        if let display { record.display = try texts.add(display) }
        properties.append(record)
        let name = String(decoding: code, as: UTF8.self)
        let number = UInt32(truncatingIfNeeded: last)
        switch roles[name] ?? PropertyRole(name) {
        case .parent where kind == .code: links.append(Link(concept: number, other: record.value, isParent: true))
        case .child where kind == .code: links.append(Link(concept: number, other: record.value, isParent: false))
        case .notSelectable: if value.elementsEqual("true".utf8) { concepts[last].isAbstract = true }
        case .inactive: if value.elementsEqual("true".utf8) { concepts[last].isInactive = true }
        case .status:
            if value.elementsEqual("retired".utf8) || value.elementsEqual("inactive".utf8) {
                concepts[last].isInactive = true
            }
        default: break
        }
    }

    /// Adds a designation to the concept last added.
    mutating func addDesignation(_ json: DefinitionJSON) throws(TerminologyError) {
        designations.append(try texts.addDesignation(json))
    }

    /// Adds a designation of the table, whose line this is, to the concept last added.
    mutating func addDesignation(_ line: TableLines) throws(TerminologyError) {
        designations.append(try texts.addDesignation(line))
    }
}
