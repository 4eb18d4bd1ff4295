/// Reads the generated table. `tools/definitions.py` says what its lines mean.
struct DefinitionsReader {
    struct TypeRow {
        var name: String
        var kind: TypeFacts.Kind
        var isAbstract: Bool
        var base: TypeID?
        var elements: [ElementRow] = []
    }

    struct ElementRow {
        var name: String
        var min: Int
        var isArray: Bool
        var isChoice: Bool
        var types: [(type: TypeID, targets: [TypeID])]
        var isSummary: Bool
        var isModifier: Bool
        var hasPrimitiveExtension: Bool
        var binding: BindingID?
    }

    private var scanner: TableScanner
    private var rows: [TypeRow] = []
    private var targetLists: [[TypeID]] = []
    private var openTypes: [(type: TypeID, targets: [TypeID])] = []
    private var holder: Int?
    private var components: [[(url: String, expression: String)]] = []
    private var parameterNumbers: [String: UInt16] = [:]

    private(set) var typesByName: [String: TypeID] = [:]
    private(set) var bindings: [RequiredBinding] = []
    private(set) var searchParameters: [SearchParameter] = []
    private(set) var compartments: [String: [TypeID: [String]]] = [:]
    private(set) var names: [String] = []
    private(set) var nameNumbers: [String: UInt16] = [:]
    private(set) var elements: [[ElementFacts]] = []
    private(set) var shapes: [[ElementShape]] = []
    private(set) var requiredGroups: [UInt64] = []

    /// - Parameter table: lives as long as the program.
    init(_ table: StaticString) {
        scanner = TableScanner(UnsafeRawBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount))
    }

    mutating func read() throws(FHIRError) {
        while scanner.nextLine() {
            let key = scanner.field(0)
            guard key.count == 1, let letter = key.first, letter < UInt8(ascii: "a") else {
                try readElement()
                continue
            }
            switch letter {
            case UInt8(ascii: "T"): try readType()
            case UInt8(ascii: "B"): readBinding()
            case UInt8(ascii: "L"): targetLists.append(try types(scanner.texts(from: 1)))
            case UInt8(ascii: "O"): openTypes = try types(scanner.texts(from: 1)).map { ($0, []) }
            case UInt8(ascii: "E"): holder = Int(try type(scanner.text(1)).raw)
            case UInt8(ascii: "S"): try readParameter()
            case UInt8(ascii: "C"): components[components.count - 1].append((scanner.text(1), scanner.text(2)))
            case UInt8(ascii: "K"):
                compartments[scanner.text(1), default: [:]][try type(scanner.text(2))] = scanner.texts(from: 3)
            default: throw FHIRError(code: .badDefinitions, detail: "an unknown kind of line")
            }
        }
        try resolveComponents()
        gatherElements()
    }

    private func type(_ name: String) throws(FHIRError) -> TypeID {
        guard let found = typesByName[name] else {
            throw FHIRError(code: .badDefinitions, detail: "unknown type \(name)")
        }
        return found
    }

    private func types(_ names: [String]) throws(FHIRError) -> [TypeID] {
        var result: [TypeID] = []
        for name in names { result.append(try type(name)) }
        return result
    }

    private mutating func readType() throws(FHIRError) {
        let name = scanner.text(1)
        let letter = scanner.field(2).first ?? 0
        let kind: TypeFacts.Kind
        switch letter | 0x20 {
        case UInt8(ascii: "p"): kind = .primitive
        case UInt8(ascii: "c"): kind = .complex
        case UInt8(ascii: "b"): kind = .backbone
        case UInt8(ascii: "r"): kind = .resource
        default: throw FHIRError(code: .badDefinitions, detail: "unknown kind of type \(name)")
        }
        let base = scanner.text(3)
        typesByName[name] = TypeID(raw: UInt16(rows.count))
        rows.append(
            TypeRow(
                name: name, kind: kind, isAbstract: letter & 0x20 == 0, base: base.isEmpty ? nil : try type(base)))
    }

    private mutating func readBinding() {
        let url = scanner.text(1)
        let system = (url: scanner.text(2), codes: scanner.texts(from: 3))
        if let last = bindings.last, last.valueSet == url {
            bindings[bindings.count - 1] = RequiredBinding(id: last.id, valueSet: url, systems: last.systems + [system])
        } else {
            let id = BindingID(raw: UInt16(bindings.count))
            bindings.append(RequiredBinding(id: id, valueSet: url, systems: [system]))
        }
    }

    private mutating func readElement() throws(FHIRError) {
        guard let holder else { throw FHIRError(code: .badDefinitions, detail: "an element outside a type") }
        let name = scanner.text(0)
        let isChoice = name.hasSuffix("[x]")
        let flags = scanner.field(4)
        let binding = scanner.field(5).isEmpty ? nil : UInt16(scanner.text(5)).map(BindingID.init(raw:))
        var types: [(type: TypeID, targets: [TypeID])] = []
        if scanner.text(3) == "*" {
            types = openTypes
        } else {
            for part in scanner.parts(3, separator: "|") {
                let pieces = part.split(separator: ">")
                let list = pieces.count > 1 ? Int(pieces[1]) : nil
                if let list, !targetLists.indices.contains(list) {
                    throw FHIRError(code: .badDefinitions, detail: "unknown list of \(name)")
                }
                types.append((try type(String(pieces[0])), list.map { targetLists[$0] } ?? []))
            }
        }
        rows[holder].elements.append(
            ElementRow(
                name: isChoice ? String(name.dropLast(3)) : name, min: scanner.text(1) == "0" ? 0 : 1,
                isArray: scanner.text(2) != "1", isChoice: isChoice, types: types,
                isSummary: flags.contains(UInt8(ascii: "s")), isModifier: flags.contains(UInt8(ascii: "m")),
                hasPrimitiveExtension: !flags.contains(UInt8(ascii: "n")), binding: binding))
    }

    private mutating func readParameter() throws(FHIRError) {
        let id = UInt16(searchParameters.count)
        guard let kind = SearchParameter.Kind(rawValue: scanner.text(2)) else {
            throw FHIRError(code: .badDefinitions, detail: "unknown kind of search parameter \(scanner.text(1))")
        }
        let flags = scanner.field(6)
        let parameter = SearchParameter(
            id: id, code: scanner.text(1), url: scanner.text(3), type: kind,
            bases: try types(scanner.parts(4, separator: ",").map(String.init)), expression: scanner.text(9),
            targets: try types(scanner.parts(5, separator: ",").map(String.init)), components: [],
            allowsOr: !flags.contains(UInt8(ascii: "o")), allowsAnd: !flags.contains(UInt8(ascii: "a")),
            comparators: scanner.parts(7, separator: ",").map(String.init),
            modifiers: scanner.parts(8, separator: ",").map(String.init))
        parameterNumbers[parameter.url] = id
        searchParameters.append(parameter)
        components.append([])
    }

    private mutating func resolveComponents() throws(FHIRError) {
        for (place, parts) in components.enumerated() where !parts.isEmpty {
            var resolved: [SearchParameter.Component] = []
            for part in parts {
                guard let number = parameterNumbers[part.url] else {
                    throw FHIRError(code: .badDefinitions, detail: "unknown component \(part.url)")
                }
                resolved.append(SearchParameter.Component(parameter: number, expression: part.expression))
            }
            searchParameters[place].components = resolved
        }
    }

    private mutating func number(of name: String) -> UInt16 {
        if let known = nameNumbers[name] { return known }
        names.append(name)
        nameNumbers[name] = UInt16(names.count)
        return UInt16(names.count)
    }

    /// Gives every type its own and its bases' elements, choices spread out.
    private mutating func gatherElements() {
        _ = number(of: "resourceType")
        var groupCounts: [Int] = []
        for place in rows.indices {
            let row = rows[place]
            let base = row.base.map { Int($0.raw) }
            elements.append(base.map { elements[$0] } ?? [])
            shapes.append(base.map { shapes[$0] } ?? [])
            requiredGroups.append(base.map { requiredGroups[$0] } ?? 0)
            groupCounts.append(base.map { groupCounts[$0] } ?? 0)
            for element in row.elements {
                let group = groupCounts[place]
                groupCounts[place] += 1
                if element.min > 0 { requiredGroups[place] |= 1 << UInt64(group) }
                for (type, targets) in element.types {
                    add(element, of: type, targets: targets, group: group, to: place)
                }
            }
        }
        for row in rows where row.kind == .resource { _ = number(of: row.name) }
    }

    private mutating func add(_ element: ElementRow, of type: TypeID, targets: [TypeID], group: Int, to place: Int) {
        let typeRow = rows[Int(type.raw)]
        var name = element.name
        if element.isChoice { name += typeRow.name.prefix(1).uppercased() + typeRow.name.dropFirst() }
        let primitive = typeRow.kind == .primitive ? PrimitiveType(name: typeRow.name) : nil
        let hasExtension = primitive != nil && element.hasPrimitiveExtension
        let facts = ElementFacts(
            name: name, nameNumber: number(of: name),
            primitiveExtensionNumber: hasExtension ? number(of: "_" + name) : 0, type: type, isArray: element.isArray,
            min: element.min, choice: element.isChoice ? element.name : nil,
            binding: typeRow.bindingApplies ? element.binding : nil, targets: targets, isSummary: element.isSummary,
            isModifier: element.isModifier)
        let holder = rows[place].name
        var flags: UInt8 = 0
        if element.isArray { flags |= ElementShape.arrayFlag }
        if element.isChoice { flags |= ElementShape.choiceFlag }
        if holder == "Reference" && name == "reference" { flags |= ElementShape.referenceFlag }
        if typeRow.kind == .resource { flags |= ElementShape.resourceFlag }
        if let primitive, primitive.isLink, holder != "Extension" || element.isChoice, name != "system" {
            flags |= ElementShape.uriFlag
        }
        shapes[place].append(
            ElementShape(
                nameNumber: facts.nameNumber, primitiveExtensionNumber: facts.primitiveExtensionNumber, type: type,
                binding: facts.binding, ordinal: UInt16(elements[place].count), group: UInt8(group), flags: flags,
                primitive: primitive))
        elements[place].append(facts)
    }

    /// The facts of all types in order.
    func typeFacts(_ shapes: ElementShapes) -> [TypeFacts] {
        rows.indices.map { place in
            let row = rows[place]
            return TypeFacts(
                id: TypeID(raw: UInt16(place)), name: row.name, kind: row.kind, isAbstract: row.isAbstract,
                base: row.base, elements: elements[place],
                primitive: row.kind == .primitive ? PrimitiveType(name: row.name) : nil, shapes: shapes)
        }
    }
}

extension DefinitionsReader.TypeRow {
    /// Whether codes can be bound to the type: of a choice, only some of the types take the binding.
    var bindingApplies: Bool {
        switch name {
        case "code", "Coding", "CodeableConcept", "string", "uri", "canonical", "url", "Quantity", "id": true
        default: false
        }
    }
}
