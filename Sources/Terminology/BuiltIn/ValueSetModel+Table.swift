extension ValueSetModel {
    /// Reads a value set of the table; `tools/terminology.py` says what its lines mean.
    convenience init(
        _ line: TableLines, _ body: inout TableLines, table: UnsafeRawBufferPointer
    ) throws(TerminologyError) {
        var builder = ValueSetBuilder(header: line.header(languagePlace: 9), permanent: table)
        switch line[8].first {
        case UInt8(ascii: "n"): builder.includesInactive = false
        case UInt8(ascii: "y"): builder.includesInactive = true
        default: break
        }
        try builder.read(&body)
        self.init(builder)
    }
}

extension ValueSetBuilder {
    fileprivate mutating func read(_ body: inout TableLines) throws(TerminologyError) {
        var part: Part?
        var isExclude = false
        while body.next() {
            switch body.kind {
            case UInt8(ascii: "I"), UInt8(ascii: "X"):
                if let part { add(part, isExclude: isExclude) }
                isExclude = body.kind == UInt8(ascii: "X")
                part = Part(system: body.text(1) ?? "", version: body.text(2))
            case UInt8(ascii: "S"):
                part?.valueSets.append(body.text(1) ?? "")
            case UInt8(ascii: "f"):
                part?.filters.append(
                    ValueSetFilter(
                        property: body.text(1) ?? "", operation: body.text(2) ?? "", value: body.text(3) ?? ""))
            case UInt8(ascii: "c"):
                var record = ListedConcepts.Record(code: try texts.add(body[1]), display: try texts.add(body[2]))
                record.designationStart = UInt32(truncatingIfNeeded: part?.designations.count ?? 0)
                part?.records.append(record)
            case UInt8(ascii: "D"):
                let designation = try texts.addDesignation(body)
                part?.designations.append(designation)
            default:
                throw BuiltInTerminology.unexpected(body.position)
            }
        }
        if let part { add(part, isExclude: isExclude) }
    }
}
