package import JSONTape

extension CodeSystemModel {
    /// Reads a CodeSystem resource.
    /// - Throws: `TerminologyError.invalid` if it is none, naming the element at fault.
    package convenience init(_ resource: JSONValue) throws(TerminologyError) {
        let json = try DefinitionJSON(resource, path: "CodeSystem")
        try json.expect(resourceType: "CodeSystem")
        guard let text = try json.text("content") else {
            throw TerminologyError(.invalid, "CodeSystem.content is missing")
        }
        guard let content = Content(rawValue: text) else {
            throw TerminologyError(.invalid, "CodeSystem.content is \(text)")
        }
        var builder = CodeSystemBuilder(header: try json.header(), content: content)
        builder.isCaseSensitive = try json.bool("caseSensitive") ?? true
        builder.hierarchyMeaning = try json.text("hierarchyMeaning")
        builder.valueSet = try json.text("valueSet")
        try json.each("property") { (property) throws(TerminologyError) in
            let type = try property.text("type") ?? ""
            guard let kind = PropertyKind(rawValue: type) else {
                throw TerminologyError(.invalid, "CodeSystem.property.type is \(type)")
            }
            let code = String(decoding: try property.required("code"), as: UTF8.self)
            builder.declare(PropertyDeclaration(code: code, kind: kind, uri: try property.text("uri")))
        }
        try builder.readConcepts(json, parent: -1)
        self.init(builder)
    }
}

extension CodeSystemBuilder {
    /// Reads the concepts nested in a code system or concept. As deep as the JSON, which the parser limits.
    mutating func readConcepts(_ holder: DefinitionJSON, parent: Int32) throws(TerminologyError) {
        try holder.each("concept") { (concept) throws(TerminologyError) in
            let number = try addConcept(
                concept.required("code"), display: concept.bytes("display"), definition: concept.bytes("definition"),
                parent: parent)
            try concept.each("property") { (property) throws(TerminologyError) in try readProperty(property) }
            try concept.each("designation") { (designation) throws(TerminologyError) in
                try addDesignation(designation)
            }
            try readConcepts(concept, parent: number)
        }
    }

    private mutating func readProperty(_ property: DefinitionJSON) throws(TerminologyError) {
        let code = try property.required("code")
        if let value = try property.bytes("valueCode") { return try addProperty(code, .code, value) }
        if let value = try property.bytes("valueString") { return try addProperty(code, .string, value) }
        if let value = try property.bytes("valueDateTime") { return try addProperty(code, .dateTime, value) }
        if let value = try property.bool("valueBoolean") {
            let text: StaticString = value ? "true" : "false"
            let bytes = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            return try addProperty(code, .boolean, bytes)
        }
        if let coding = try property.object("valueCoding") {
            return try addProperty(
                code, .coding, coding.required("code"), system: coding.bytes("system"),
                display: coding.bytes("display"))
        }
        let numbers: [(StaticString, PropertyKind)] = [("valueInteger", .integer), ("valueDecimal", .decimal)]
        for (name, kind) in numbers {
            guard let value = property.value.member(name) else { continue }
            guard value.kind == .number else {
                throw TerminologyError(.invalid, "\(property.path).\(name) is no number")
            }
            return try addProperty(code, kind, value.utf8)
        }
    }
}
