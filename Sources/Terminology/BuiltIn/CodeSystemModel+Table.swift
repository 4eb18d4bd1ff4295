extension CodeSystemModel {
    /// Reads a code system of the table; `tools/terminology.py` says what its lines mean.
    convenience init(
        _ line: TableLines, _ body: inout TableLines, table: UnsafeRawBufferPointer
    ) throws(TerminologyError) {
        let content: Content
        switch line[8].first {
        case UInt8(ascii: "c"): content = .complete
        case UInt8(ascii: "n"): content = .notPresent
        case UInt8(ascii: "e"): content = .example
        case UInt8(ascii: "f"): content = .fragment
        case UInt8(ascii: "s"): content = .supplement
        default: throw BuiltInTerminology.unexpected(body.position)
        }
        var builder = CodeSystemBuilder(
            header: line.header(languagePlace: 12), content: content, permanent: table)
        builder.isCaseSensitive = line[9].isEmpty
        builder.hierarchyMeaning = line.text(10)
        builder.valueSet = line.text(11)
        try builder.read(&body)
        self.init(builder)
    }
}

extension CodeSystemBuilder {
    fileprivate mutating func read(_ body: inout TableLines) throws(TerminologyError) {
        // The concept last read at each depth.
        var path: [Int32] = []
        while body.next() {
            switch body.kind {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let depth = Int(body.kind - UInt8(ascii: "0"))
                guard depth <= path.count else { throw BuiltInTerminology.unexpected(body.position) }
                path.removeSubrange(depth...)
                let repeatsDisplay = body[3].count == 1 && body[3].first == UInt8(ascii: "=")
                path.append(
                    try addConcept(
                        body[1], display: body.bytes(2), definition: body.bytes(repeatsDisplay ? 2 : 3),
                        parent: path.last ?? -1))
            case UInt8(ascii: "P"):
                try addProperty(body[1], try Self.kind(body), body[3])
            case UInt8(ascii: "D"):
                try addDesignation(body)
            case UInt8(ascii: "Q"):
                let kind = body.text(2).flatMap { PropertyKind(rawValue: $0) } ?? .string
                declare(PropertyDeclaration(code: body.text(1) ?? "", kind: kind, uri: body.text(3)))
            default:
                throw BuiltInTerminology.unexpected(body.position)
            }
        }
    }

    private static func kind(_ body: TableLines) throws(TerminologyError) -> PropertyKind {
        switch body[2].first {
        case UInt8(ascii: "c"): .code
        case UInt8(ascii: "s"): .string
        case UInt8(ascii: "b"): .boolean
        case UInt8(ascii: "d"): .dateTime
        case UInt8(ascii: "i"): .integer
        case UInt8(ascii: "n"): .decimal
        default: throw BuiltInTerminology.unexpected(body.position)
        }
    }
}
