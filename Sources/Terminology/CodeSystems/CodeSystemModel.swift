/// A code system, made ready for questions. Nothing of it changes.
/// - Source: FHIR R4 CodeSystem, https://hl7.org/fhir/R4/codesystem.html
package final class CodeSystemModel: Sendable {
    /// How much of the code system is in the definition.
    package enum Content: String, Sendable {
        case notPresent = "not-present"
        case example
        case fragment
        case complete
        case supplement
    }

    package let header: DefinitionHeader
    package let content: Content
    /// Whether upper and lower case differ in codes; where the definition does not say, they do.
    package let isCaseSensitive: Bool
    /// What standing under another means: grouped-by, is-a, part-of, classified-with.
    package let hierarchyMeaning: String?
    /// The value set of all codes.
    package let valueSet: String?
    package let properties: [PropertyDeclaration]

    let texts: TextStore
    let concepts: [ConceptRecord]
    let hierarchy: ConceptHierarchy
    private let propertyList: [PropertyRecord]
    private let designationList: [DesignationRecord]
    private let index: CodeIndex

    init(_ builder: CodeSystemBuilder) {
        header = builder.header
        content = builder.content
        isCaseSensitive = builder.isCaseSensitive
        hierarchyMeaning = builder.hierarchyMeaning
        valueSet = builder.valueSet
        properties = builder.declarations
        let texts = builder.texts.finish()
        let concepts = builder.concepts
        let index = CodeIndex(concepts.map(\.code), in: texts, isCaseSensitive: builder.isCaseSensitive)
        var edges: [(child: UInt32, parent: UInt32)] = []
        for (number, concept) in concepts.enumerated() where concept.treeParent >= 0 {
            edges.append((UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: concept.treeParent)))
        }
        for link in builder.links {
            guard let other = index.find(texts[link.other]) else { continue }
            let other32 = UInt32(truncatingIfNeeded: other)
            edges.append(link.isParent ? (link.concept, other32) : (other32, link.concept))
        }
        hierarchy = ConceptHierarchy(count: concepts.count, edges: edges)
        propertyList = builder.properties
        designationList = builder.designations
        self.texts = texts
        self.concepts = concepts
        self.index = index
    }

    package var url: String { header.url }
    package var version: String? { header.version }

    /// How many concepts the definition has.
    package var count: Int { concepts.count }

    /// Whether the definition has every code, so that a code that is not there is none of the system's.
    package var isComplete: Bool { content == .complete }

    /// Whether standing under another means being a kind of it; so it is also where the definition says nothing.
    package var isSubsumptive: Bool { hierarchyMeaning == nil || hierarchyMeaning == "is-a" }

    /// How much memory it takes, in bytes.
    package var byteCount: Int {
        concepts.count * MemoryLayout<ConceptRecord>.stride + propertyList.count * MemoryLayout<PropertyRecord>.stride
            + designationList.count * MemoryLayout<DesignationRecord>.stride + hierarchy.byteCount + index.byteCount
            + texts.byteCount + 512
    }

    /// The concept of a code; of several with the same code the first.
    package func concept(_ code: String) -> Concept? {
        index.find(code).map { Concept(system: self, number: $0) }
    }

    /// The concept of a code; takes no memory.
    package func concept(_ code: UnsafeRawBufferPointer) -> Concept? {
        number(of: code).map { Concept(system: self, number: $0) }
    }

    /// A concept by its place in document order, from 0; the place must be less than `count`.
    package func concept(at number: Int) -> Concept {
        Concept(system: self, number: number)
    }

    func number(of code: UnsafeRawBufferPointer) -> Int? {
        index.find(code)
    }

    func number(of code: String) -> Int? {
        index.find(code)
    }

    func propertyRecords(of number: Int) -> ArraySlice<PropertyRecord> {
        let end = number + 1 < concepts.count ? Int(concepts[number + 1].propertyStart) : propertyList.count
        return propertyList[Int(concepts[number].propertyStart)..<end]
    }

    func designationRecords(of number: Int) -> ArraySlice<DesignationRecord> {
        let end = number + 1 < concepts.count ? Int(concepts[number + 1].designationStart) : designationList.count
        return designationList[Int(concepts[number].designationStart)..<end]
    }

    /// All that stand under a concept, itself left out.
    func descendants(of number: Int) -> ConceptSet {
        var found = hierarchy.closure(below: [number])
        found.remove(number)
        return found
    }

    /// All above a concept, itself left out.
    func ancestors(of number: Int) -> ConceptSet {
        var found = hierarchy.closure(above: [number])
        found.remove(number)
        return found
    }
}
