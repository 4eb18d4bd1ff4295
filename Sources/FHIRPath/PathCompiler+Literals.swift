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
    func external(_ name: String, _ node: Int, in scope: Scope) throws(PathError) -> Typed {
        let offset = syntax[node].offset
        if let variable = scope.variables[name] {
            return Typed(node: draft.add(.defined(variable.slot), at: offset), types: variable.types)
        }
        switch name {
        case "context":
            return Typed(node: draft.add(.context, at: offset), types: rootTypes)
        case "resource", "rootResource":
            let isResource = rootTypes.fhir.allSatisfy { definitions[$0].kind == .resource }
            // A contained resource lies in one of any type.
            let anyResource = StaticTypes(fhir: definitions.concreteResourceTypes)
            let types = isResource ? rootTypes : anyResource
            let operation = name == "resource" ? PlanOperation.resource : .rootResource
            return Typed(node: draft.add(operation, at: offset), types: name == "resource" ? types : anyResource)
        case "ucum": return literal(.string(Array("http://unitsofmeasure.org".utf8)), at: offset)
        case "sct": return literal(.string(Array("http://snomed.info/sct".utf8)), at: offset)
        case "loinc": return literal(.string(Array("http://loinc.org".utf8)), at: offset)
        case _ where name.hasPrefix("vs-"):
            return literal(.string(Array("http://hl7.org/fhir/ValueSet/\(name.dropFirst(3))".utf8)), at: offset)
        case _ where name.hasPrefix("ext-"):
            let url = "http://hl7.org/fhir/StructureDefinition/\(name.dropFirst(4))"
            return literal(.string(Array(url.utf8)), at: offset)
        default:
            if let constant = constants[name] { return self.constant(constant, name, node) }
            throw fail(.unknownVariable, "no variable %\(name)", node)
        }
    }

    /// What the caller gave for a name.
    private func constant(_ constant: PathConstant, _ name: String, _ node: Int) -> Typed {
        let offset = syntax[node].offset
        switch constant {
        case .boolean(let value): return literal(.boolean(value), at: offset)
        case .integer(let value): return literal(.integer(value), at: offset)
        case .decimal(let value): return literal(.decimal(value), at: offset)
        case .string(let value): return literal(.string(Array(value.utf8)), at: offset)
        case .date(let value): return literal(.date(value), at: offset)
        case .dateTime(let value): return literal(.dateTime(value), at: offset)
        case .time(let value): return literal(.time(value), at: offset)
        case .quantity(let value, let unit):
            return literal(.quantity(value, unit: Array(unit.utf8), isCalendar: false), at: offset)
        case .empty: return empty(node)
        case .variable(let types):
            var instances: Set<TypeID> = []
            for type in types { instances.formUnion(concrete(type)) }
            let system = types.isEmpty ? SystemTypes(SystemType.allCases.map { SystemTypes($0) }) : []
            return Typed(
                node: draft.add(.variable(draft.addName(name)), at: offset),
                types: StaticTypes(fhir: instances.sorted(), system: system))
        }
    }
}
