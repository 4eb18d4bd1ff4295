/// Reads the generated table. `tools/definitions.py` says what its lines mean.
struct DefinitionsReader {
    struct TypeRow {
        var name: String
        var kind: TypeFacts.Kind
        var isAbstract: Bool
        var base: TypeID?
        var primitive: PrimitiveType?
        /// The name as it stands behind a choice's: "Quantity" in `valueQuantity`, "DateTime" in `valueDateTime`.
        var choiceSuffix: String
        var bindingApplies: Bool
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
    private var typeIndex = TextIndex([])
    private var textLists: [String: [String]] = [:]
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
            if letter == UInt8(ascii: "T") {
                try readType()
                continue
            }
            // The types come first: now all are known.
            if typeIndex.count != rows.count { typeIndex = TextIndex(rows.map(\.name)) }
            switch letter {
            case UInt8(ascii: "B"): readBinding()
            case UInt8(ascii: "L"): targetLists.append(try types(scanner.fields.dropFirst()))
            case UInt8(ascii: "O"): openTypes = try types(scanner.fields.dropFirst()).map { ($0, []) }
            case UInt8(ascii: "E"): holder = Int(try type(scanner.field(1)).raw)
            case UInt8(ascii: "S"): try readParameter()
            case UInt8(ascii: "C"): components[components.count - 1].append((scanner.text(1), scanner.text(2)))
            case UInt8(ascii: "K"):
                compartments[scanner.text(1), default: [:]][try type(scanner.field(2))] = scanner.texts(from: 3)
            default: throw FHIRError(code: .badDefinitions, detail: "an unknown kind of line")
            }
        }
        try resolveComponents()
        try gatherElements()
    }

    private func type(_ name: String) throws(FHIRError) -> TypeID {
        guard let found = typesByName[name] else {
            throw FHIRError(code: .badDefinitions, detail: "unknown type \(name)")
        }
        return found
    }

    private func type(_ name: TableScanner.Field) throws(FHIRError) -> TypeID {
        guard let found = typeIndex.find(name) else {
            throw FHIRError(code: .badDefinitions, detail: "unknown type \(String(decoding: name, as: UTF8.self))")
        }
        return TypeID(raw: found)
    }

    private func types(_ names: some Sequence<TableScanner.Field>) throws(FHIRError) -> [TypeID] {
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
                name: name, kind: kind, isAbstract: letter & 0x20 == 0, base: base.isEmpty ? nil : try type(base),
                primitive: kind == .primitive ? PrimitiveType(name: name) : nil,
                choiceSuffix: name.prefix(1).uppercased() + name.dropFirst(),
                bindingApplies: Self.boundTypes.contains(name)))
    }

    /// The types that codes can be bound to: of a choice, only these take the binding.
    private static let boundTypes: Set = [
        "code", "Coding", "CodeableConcept", "Quantity", "string", "uri", "url", "canonical", "id",
    ]

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
        let text = scanner.field(3)
        if text.first == UInt8(ascii: "*") {
            types = openTypes
        } else if let known = typeIndex.find(text) {
            types = [(TypeID(raw: known), [])]
        } else {
            for part in scanner.parts(3, separator: "|") {
                let pieces = TableScanner.split(part, separator: ">")
                let list = pieces.count > 1 ? Int(String(decoding: pieces[1], as: UTF8.self)) : nil
                if let list, !targetLists.indices.contains(list) {
                    throw FHIRError(code: .badDefinitions, detail: "unknown list of \(name)")
                }
                types.append((try type(pieces.first ?? part), list.map { targetLists[$0] } ?? []))
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
            bases: try types(scanner.parts(4, separator: ",")), expression: scanner.text(9),
            targets: try types(scanner.parts(5, separator: ",")), components: [],
            allowsOr: !flags.contains(UInt8(ascii: "o")), allowsAnd: !flags.contains(UInt8(ascii: "a")),
            comparators: texts(7),
            modifiers: texts(8))
        parameterNumbers[parameter.url] = id
        searchParameters.append(parameter)
        components.append([])
    }

    /// The parts of a field; the same lists stand in many lines and are shared.
    private mutating func texts(_ place: Int) -> [String] {
        guard !scanner.field(place).isEmpty else { return [] }
        let text = scanner.text(place)
        if let known = textLists[text] { return known }
        let list = scanner.parts(place, separator: ",").map { String(decoding: $0, as: UTF8.self) }
        textLists[text] = list
        return list
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
    private mutating func gatherElements() throws(FHIRError) {
        _ = number(of: "resourceType")
        var groupCounts: [Int] = []
        for place in rows.indices {
            let base = rows[place].base.map { Int($0.raw) }
            var ownElements = base.map { elements[$0] } ?? []
            var ownShapes = base.map { shapes[$0] } ?? []
            var required = base.map { requiredGroups[$0] } ?? 0
            var group = base.map { groupCounts[$0] } ?? 0
            for element in rows[place].elements {
                guard group < 64 else {
                    throw FHIRError(code: .badDefinitions, detail: "more elements than bits: \(rows[place].name)")
                }
                if element.min > 0 { required |= 1 << UInt64(group) }
                for (type, targets) in element.types {
                    let facts = facts(element, of: type, targets: targets)
                    ownShapes.append(shape(facts, in: place, ordinal: ownElements.count, group: group))
                    ownElements.append(facts)
                }
                group += 1
            }
            elements.append(ownElements)
            shapes.append(ownShapes)
            requiredGroups.append(required)
            groupCounts.append(group)
        }
        for row in rows where row.kind == .resource { _ = number(of: row.name) }
    }

    private mutating func facts(_ element: ElementRow, of type: TypeID, targets: [TypeID]) -> ElementFacts {
        let place = Int(type.raw)
        let name = element.isChoice ? element.name + rows[place].choiceSuffix : element.name
        let hasExtension = rows[place].primitive != nil && element.hasPrimitiveExtension
        return ElementFacts(
            name: name, nameNumber: number(of: name),
            primitiveExtensionNumber: hasExtension ? number(of: "_" + name) : 0, type: type, isArray: element.isArray,
            min: element.min, choice: element.isChoice ? element.name : nil,
            binding: rows[place].bindingApplies ? element.binding : nil, targets: targets,
            isSummary: element.isSummary, isModifier: element.isModifier)
    }

    private func shape(_ facts: ElementFacts, in holder: Int, ordinal: Int, group: Int) -> ElementShape {
        let place = Int(facts.type.raw)
        let primitive = rows[place].primitive
        var flags: UInt8 = 0
        if facts.isArray { flags |= ElementShape.arrayFlag }
        if facts.choice != nil { flags |= ElementShape.choiceFlag }
        if facts.name == "reference" && rows[holder].name == "Reference" { flags |= ElementShape.referenceFlag }
        if rows[place].kind == .resource { flags |= ElementShape.resourceFlag }
        if let primitive, primitive.isLink, facts.name != "system",
            facts.choice != nil || rows[holder].name != "Extension"
        {
            flags |= ElementShape.uriFlag
        }
        return ElementShape(
            nameNumber: facts.nameNumber, primitiveExtensionNumber: facts.primitiveExtensionNumber, type: facts.type,
            binding: facts.binding, ordinal: UInt16(ordinal), group: UInt8(group), flags: flags, primitive: primitive)
    }

    /// The facts of all types in order.
    func typeFacts(_ shapes: ElementShapes) -> [TypeFacts] {
        rows.indices.map { place in
            let row = rows[place]
            return TypeFacts(
                id: TypeID(raw: UInt16(place)), name: row.name, kind: row.kind, isAbstract: row.isAbstract,
                base: row.base, elements: elements[place],
                primitive: row.primitive, shapes: shapes)
        }
    }
}
