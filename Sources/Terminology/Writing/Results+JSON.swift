package import Base

extension ValidationResult {
    /// Writes the answer of `$validate-code` as Parameters. Where nobody can say, `result` is false and
    /// `x-unknown-system` names the system, as other terminology servers have it.
    package func write(to writer: ByteWriter) {
        var parameters = ParametersWriter(writer)
        parameters.add("result", isValid)
        parameters.add("message", "valueString", message)
        parameters.add("display", "valueString", display)
        parameters.add("code", "valueCode", coding.code)
        parameters.add("system", "valueUri", coding.system)
        parameters.add("version", "valueString", coding.version)
        if case .unknown = membership { parameters.add("x-unknown-system", "valueUri", coding.system) }
        parameters.end()
    }
}

extension SubsumptionOutcome {
    /// Writes the answer of `$subsumes` as Parameters.
    package func write(to writer: ByteWriter) {
        var parameters = ParametersWriter(writer)
        parameters.add("outcome", "valueCode", rawValue)
        parameters.end()
    }
}

extension LookupResult {
    /// Writes the answer of `$lookup` as Parameters.
    package func write(to writer: ByteWriter) {
        var parameters = ParametersWriter(writer)
        parameters.add("name", "valueString", name)
        parameters.add("version", "valueString", version)
        parameters.add("display", "valueString", display)
        for designation in designations {
            parameters.add("designation") { (parts: inout ParametersWriter) in
                parts.add("language", "valueCode", designation.language)
                if let use = designation.use {
                    parts.add("use") { (json: inout ObjectWriter) in
                        json.name("valueCoding")
                        use.write(to: writer)
                    }
                }
                parts.add("value", "valueString", designation.value)
            }
        }
        for property in properties {
            parameters.add("property") { (parts: inout ParametersWriter) in property.write(to: &parts, writer) }
        }
        parameters.end()
    }
}

extension ConceptProperty {
    fileprivate func write(to parts: inout ParametersWriter, _ writer: ByteWriter) {
        parts.add("code", "valueCode", code)
        parts.add("value") { (json: inout ObjectWriter) in
            switch kind {
            case .code: json.text("valueCode", value)
            case .string: json.text("valueString", value)
            case .dateTime: json.text("valueDateTime", value)
            case .boolean: json.raw("valueBoolean", value)
            case .integer: json.raw("valueInteger", value)
            case .decimal: json.raw("valueDecimal", value)
            case .coding:
                json.name("valueCoding")
                SystemCode(system: system ?? "", code: value).write(to: writer)
            }
        }
        parts.add("description", "valueString", display)
    }
}
