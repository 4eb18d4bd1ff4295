/// Chooses the concepts of a code system that meet a filter.
/// - Source: FHIR R4 filter operators, https://hl7.org/fhir/R4/valueset-filter-operator.html
struct ConceptFilter {
    /// How many steps a regular expression may take over all codes: about half a second.
    private static let patternStepsMax = 50_000_000

    let system: CodeSystemModel
    let filter: ValueSetFilter

    /// - Throws: `TerminologyError.notSupported` for an operator that is not known or a property that the code system
    ///   does not have, `.codeInvalid` for a code that it does not have.
    func chosen() throws(TerminologyError) -> ConceptSet {
        guard let operation = ValueSetFilter.Operator(rawValue: filter.operation) else {
            throw TerminologyError(.notSupported, "the filter operator \(filter.operation)")
        }
        switch operation {
        case .isA: return system.hierarchy.closure(below: [try root()])
        case .descendentOf: return system.descendants(of: try root())
        case .isNotA: return system.hierarchy.closure(below: [try root()]).complement
        case .generalizes: return system.hierarchy.closure(above: [try root()])
        case .equals:
            return try having { (value) throws(TerminologyError) in value.elementsEqual(filter.value.utf8) }
        case .isIn: return try inList()
        case .isNotIn: return try inList().complement
        case .regex:
            let pattern = try CodePattern(filter.value)
            var budget = Self.patternStepsMax
            return try having { (value) throws(TerminologyError) in try pattern.matches(value, budget: &budget) }
        case .exists:
            guard filter.value == "true" || filter.value == "false" else {
                throw TerminologyError(.invalid, "the filter \(filter) is neither true nor false")
            }
            let having = try having(impliedToo: false) { (_) throws(TerminologyError) in true }
            return filter.value == "true" ? having : having.complement
        }
    }

    /// The concept that a filter on the hierarchy names.
    private func root() throws(TerminologyError) -> Int {
        guard isConcept else { throw TerminologyError(.notSupported, "the filter \(filter) on \(system.url)") }
        guard let number = system.number(of: filter.value) else {
            throw TerminologyError(
                system.isComplete ? .codeInvalid : .notSupported, "\(system.url) has no code \(filter.value)")
        }
        return number
    }

    private var isConcept: Bool { ["concept", "code"].contains(filter.property) }

    private func inList() throws(TerminologyError) -> ConceptSet {
        var wanted = Set<String>()
        for part in filter.value.split(separator: ",") { wanted.insert(String(part.drop { $0 == " " })) }
        return try having { (value) throws(TerminologyError) in
            wanted.contains(String(decoding: value, as: UTF8.self))
        }
    }

    /// The concepts of which a value of the property fits.
    /// - Parameter impliedToo: whether a truth that the definition need not state, such as that a concept is not
    ///   inactive, counts as a value.
    private func having(
        impliedToo: Bool = true, _ fits: (UnsafeRawBufferPointer) throws(TerminologyError) -> Bool
    ) throws(TerminologyError) -> ConceptSet {
        var result = ConceptSet(capacity: system.count)
        for number in 0..<system.count {
            if try values(of: number, impliedToo, fit: fits) { result.insert(number) }
        }
        return result
    }

    private func values(
        of number: Int, _ impliedToo: Bool, fit fits: (UnsafeRawBufferPointer) throws(TerminologyError) -> Bool
    ) throws(TerminologyError) -> Bool {
        let record = system.concepts[number]
        let texts = system.texts
        for property in system.propertyRecords(of: number)
        where texts[property.code].elementsEqual(filter.property.utf8) {
            if try fits(texts[property.value]) { return true }
        }
        switch filter.property {
        case "concept", "code": return try fits(texts[record.code])
        case "display": return record.display.isEmpty ? false : try fits(texts[record.display])
        case "definition": return record.definition.isEmpty ? false : try fits(texts[record.definition])
        case "parent": return try any(of: system.hierarchy.parents(of: number), fit: fits)
        case "child": return try any(of: system.hierarchy.children(of: number), fit: fits)
        case "inactive": return try impliedToo ? fits(Self.truth(record.isInactive)) : false
        case "notSelectable", "abstract": return try impliedToo ? fits(Self.truth(record.isAbstract)) : false
        default:
            guard system.properties.contains(where: { $0.code == filter.property }) else {
                throw TerminologyError(.notSupported, "\(system.url) has no property \(filter.property) to filter by")
            }
            return false
        }
    }

    private func any(
        of numbers: ArraySlice<UInt32>, fit fits: (UnsafeRawBufferPointer) throws(TerminologyError) -> Bool
    ) throws(TerminologyError) -> Bool {
        for number in numbers where try fits(system.texts[system.concepts[Int(number)].code]) { return true }
        return false
    }

    private static func truth(_ value: Bool) -> UnsafeRawBufferPointer {
        let text: StaticString = value ? "true" : "false"
        return UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }
}
