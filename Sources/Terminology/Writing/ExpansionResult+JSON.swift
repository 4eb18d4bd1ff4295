package import Base

extension ExpansionResult {
    /// Writes the expanded ValueSet resource.
    /// - Parameters:
    ///   - time: when the codes were gathered, as a FHIR dateTime.
    ///   - identifier: names this expansion, a URI; `nil` for none.
    package func write(timestamp time: String, identifier: String? = nil, to writer: ByteWriter) {
        var json = ObjectWriter(writer)
        json.text("resourceType", "ValueSet")
        json.text("id", header.id)
        json.text("language", header.language)
        if !header.url.isEmpty { json.text("url", header.url) }
        json.text("version", header.version)
        json.text("name", header.name)
        json.text("title", header.title)
        json.text("status", header.status ?? "unknown")
        json.name("expansion")
        var expansion = ObjectWriter(writer)
        expansion.text("identifier", identifier)
        expansion.text("timestamp", time)
        expansion.number("total", total)
        if let offset { expansion.number("offset", offset) }
        expansion.array("parameter", parameters) { $0.write(to: writer) }
        expansion.array("contains", entries) { $0.write(to: writer) }
        expansion.end()
        json.end()
    }
}

extension ExpansionResult.Parameter {
    fileprivate func write(to writer: ByteWriter) {
        var json = ObjectWriter(writer)
        json.text("name", name)
        switch value {
        case .string(let text): json.text("valueString", text)
        case .boolean(let bool): json.bool("valueBoolean", bool)
        case .integer(let number): json.number("valueInteger", number)
        case .uri(let text): json.text("valueUri", text)
        case .code(let text): json.text("valueCode", text)
        }
        json.end()
    }
}

extension ExpansionResult.Entry {
    /// R4 has no place for a definition in an expansion; an extension of HL7's has.
    private static let definitionURL = "http://hl7.org/fhir/StructureDefinition/valueset-concept-definition"

    fileprivate func write(to writer: ByteWriter) {
        var json = ObjectWriter(writer)
        if let definition {
            json.array("extension", [definition]) { text in
                var item = ObjectWriter(writer)
                item.text("url", Self.definitionURL)
                item.text("valueString", text)
                item.end()
            }
        }
        json.text("system", system)
        if isAbstract { json.bool("abstract", true) }
        if isInactive { json.bool("inactive", true) }
        json.text("version", version)
        json.text("code", code)
        json.text("display", display)
        json.array("designation", designations) { $0.write(to: writer) }
        json.array("contains", contains) { $0.write(to: writer) }
        json.end()
    }
}

extension Designation {
    fileprivate func write(to writer: ByteWriter) {
        var json = ObjectWriter(writer)
        json.text("language", language)
        if let use {
            json.name("use")
            use.write(to: writer)
        }
        json.text("value", value)
        json.end()
    }
}
