extension TextCollector {
    mutating func addDesignation(_ json: DefinitionJSON) throws(TerminologyError) -> DesignationRecord {
        var record = DesignationRecord(language: TextSlice(), value: try add(json.required("value")))
        if let language = try json.bytes("language") { record.language = try add(language) }
        if let use = try json.object("use") {
            if let system = try use.bytes("system") { record.useSystem = try add(system) }
            if let code = try use.bytes("code") { record.useCode = try add(code) }
        }
        return record
    }

    /// Reads a line of the table. Its use is nothing, `d` for display, else `system#code`.
    mutating func addDesignation(_ line: TableLines) throws(TerminologyError) -> DesignationRecord {
        var record = DesignationRecord(language: try add(line[1]), value: try add(line[3]))
        let use = line[2]
        if let mark = use.lastIndex(of: UInt8(ascii: "#")) {
            record.useSystem = try add(UnsafeRawBufferPointer(rebasing: use[..<mark]))
            record.useCode = try add(UnsafeRawBufferPointer(rebasing: use[(mark + 1)...]))
        } else {
            record.isDisplay = !use.isEmpty
        }
        return record
    }
}
