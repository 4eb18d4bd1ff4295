internal import FHIR

extension PathCompiler {
    func literal(_ literal: PathLiteral, at offset: Int) -> Typed {
        let item: PathItem
        switch literal {
        case .boolean(let value): item = .boolean(value)
        case .string(let bytes): item = .string(draft.literalText.store(bytes))
        case .integer(let value): item = .integer(value)
        case .decimal(let value): item = .decimal(value)
        case .date(let value): item = .date(value)
        case .dateTime(let value): item = .dateTime(value)
        case .time(let value): item = .time(value)
        case .quantity(let value, let unit, let isCalendar):
            item = .quantity(
                draft.literalText.store(
                    QuantityValue(value: value, unit: draft.literalText.store(unit), isCalendar: isCalendar)))
        }
        let types = item.systemType.map { StaticTypes($0) } ?? .none
        return Typed(node: draft.addLiteral(item, at: offset), types: types)
    }

    /// `%name`.
    /// - Source: FHIR R4, https://hl7.org/fhir/R4/fhirpath.html#variables.
    func external(_ name: String, _ node: Int) throws(PathError) -> Typed {
        let offset = syntax[node].offset
        switch name {
        case "context":
            return Typed(node: draft.add(.context, at: offset), types: rootTypes)
        case "resource", "rootResource":
            let isResource = rootTypes.fhir.allSatisfy { definitions[$0].kind == .resource }
            let types = isResource ? rootTypes : StaticTypes(fhir: definitions.concreteResourceTypes)
            return Typed(node: draft.add(.resource, at: offset), types: types)
        case "ucum": return literal(.string(Array("http://unitsofmeasure.org".utf8)), at: offset)
        case "sct": return literal(.string(Array("http://snomed.info/sct".utf8)), at: offset)
        case "loinc": return literal(.string(Array("http://loinc.org".utf8)), at: offset)
        case _ where name.hasPrefix("vs-"):
            return literal(.string(Array("http://hl7.org/fhir/ValueSet/\(name.dropFirst(3))".utf8)), at: offset)
        case _ where name.hasPrefix("ext-"):
            let url = "http://hl7.org/fhir/StructureDefinition/\(name.dropFirst(4))"
            return literal(.string(Array(url.utf8)), at: offset)
        default:
            throw fail(.unknownVariable, "no variable %\(name)", node)
        }
    }
}
