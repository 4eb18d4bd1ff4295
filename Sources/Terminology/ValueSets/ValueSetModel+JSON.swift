package import JSONTape

extension ValueSetModel {
    /// Reads a ValueSet resource.
    /// - Throws: `TerminologyError.invalid` if it is none, naming the element at fault.
    package convenience init(_ resource: JSONValue) throws(TerminologyError) {
        let json = try DefinitionJSON(resource, path: "ValueSet")
        try json.expect(resourceType: "ValueSet")
        var builder = ValueSetBuilder(header: try json.header())
        if let compose = try json.object("compose") {
            builder.includesInactive = try compose.bool("inactive")
            try compose.each("include") { (part) throws(TerminologyError) in
                try builder.readPart(part, isExclude: false)
            }
            try compose.each("exclude") { (part) throws(TerminologyError) in
                try builder.readPart(part, isExclude: true)
            }
            if builder.includes.isEmpty { throw TerminologyError(.invalid, "ValueSet.compose.include is missing") }
        }
        if let expansion = try json.object("expansion") { try builder.readExpansion(expansion) }
        self.init(builder)
    }
}

extension ValueSetBuilder {
    fileprivate mutating func readPart(_ json: DefinitionJSON, isExclude: Bool) throws(TerminologyError) {
        var part = Part(system: try json.text("system") ?? "", version: try json.text("version"))
        part.valueSets = try json.texts("valueSet")
        try json.each("filter") { (filter) throws(TerminologyError) in
            part.filters.append(
                ValueSetFilter(
                    property: String(decoding: try filter.required("property"), as: UTF8.self),
                    operation: String(decoding: try filter.required("op"), as: UTF8.self),
                    value: String(decoding: try filter.required("value"), as: UTF8.self)))
        }
        try json.each("concept") { (concept) throws(TerminologyError) in
            var record = ListedConcepts.Record(code: try texts.add(concept.required("code")))
            if let display = try concept.bytes("display") { record.display = try texts.add(display) }
            record.designationStart = UInt32(truncatingIfNeeded: part.designations.count)
            part.records.append(record)
            try concept.each("designation") { (designation) throws(TerminologyError) in
                part.designations.append(try texts.addDesignation(designation))
            }
        }
        if part.system.isEmpty {
            guard part.records.isEmpty, part.filters.isEmpty else {
                throw TerminologyError(.invalid, "\(json.path) has concepts or filters but no system")
            }
            guard !part.valueSets.isEmpty else {
                throw TerminologyError(.invalid, "\(json.path) has neither system nor valueSet")
            }
        }
        guard part.records.isEmpty || part.filters.isEmpty else {
            throw TerminologyError(.invalid, "\(json.path) has both concepts and filters")
        }
        add(part, isExclude: isExclude)
    }

    /// Takes over an expansion if it is whole: not a page, not cut off.
    fileprivate mutating func readExpansion(_ json: DefinitionJSON) throws(TerminologyError) {
        var parts: [Part] = []
        var count = 0
        try readContains(json, into: &parts, count: &count)
        let total = try json.count("total")
        let offset = try json.count("offset")
        var isWhole = (offset ?? 0) == 0 && (total ?? count) <= count
        try json.each("extension") { (item) throws(TerminologyError) in
            let url = try item.text("url") ?? ""
            if url.hasSuffix("/valueset-unclosed") || url.hasSuffix("/valueset-toocostly") { isWhole = false }
        }
        if isWhole { setExpanded(parts) }
    }

    private mutating func readContains(
        _ holder: DefinitionJSON, into parts: inout [Part], count: inout Int
    ) throws(TerminologyError) {
        try holder.each("contains") { (entry) throws(TerminologyError) in
            count += 1
            if let code = try entry.bytes("code") {
                let system = String(decoding: try entry.required("system"), as: UTF8.self)
                let version = try entry.text("version")
                if parts.last?.system != system || parts.last?.version != version {
                    parts.append(Part(system: system, version: version))
                }
                var record = ListedConcepts.Record(code: try texts.add(code))
                if let display = try entry.bytes("display") { record.display = try texts.add(display) }
                record.designationStart = UInt32(
                    truncatingIfNeeded: parts[parts.count - 1].designations.count)
                record.isAbstract = try entry.bool("abstract") ?? false
                record.isInactive = try entry.bool("inactive") ?? false
                parts[parts.count - 1].records.append(record)
            }
            try readContains(entry, into: &parts, count: &count)
        }
    }
}
