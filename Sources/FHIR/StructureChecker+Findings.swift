internal import JSONTape

/// The slow side of the checker: what happens once something is wrong.
extension StructureChecker {
    /// How much of a name or value a path or message repeats, in bytes.
    private static let quotedBytesMax = 64

    func report(
        _ code: StructureFinding.Code, at value: JSONValue, child: String = "",
        severity: StructureFinding.Severity = .error, _ message: String, _ findings: inout [StructureFinding]
    ) {
        guard findingsLeft > 0 else { return }
        findingsLeft -= 1
        findings.append(
            StructureFinding(
                path: path(to: value.index) + child, nodeIndex: value.index, severity: severity, code: code,
                message: message))
        if findingsLeft == 0 {
            findings.append(
                StructureFinding(
                    path: path(to: root?.index ?? 0), nodeIndex: root?.index ?? 0, severity: .error, code: .tooMany,
                    message: "more findings were left out"))
        }
    }

    func reportUnknown(_ member: JSONMember, in type: TypeID, _ findings: inout [StructureFinding]) {
        let name = shortened(member.name)
        report(.unknownElement, at: member.value, "\(definitions[type].name) has no element \(name)", &findings)
    }

    func reportDuplicate(_ member: JSONMember, _ findings: inout [StructureFinding]) {
        report(.duplicateKey, at: member.value, "\(shortened(member.name)) stands twice", &findings)
    }

    /// Tells a name that stands twice from two types of one choice.
    func reportSecond(
        _ member: JSONMember, _ shape: ElementShape, in object: JSONValue, _ type: TypeID,
        _ findings: inout [StructureFinding]
    ) {
        let first = object.member(numbered: member.number)
        guard first?.index == member.value.index, let choice = definitions[type].elements[Int(shape.ordinal)].choice
        else { return reportDuplicate(member, &findings) }
        report(.severalChoices, at: member.value, "only one \(choice)[x] is allowed", &findings)
    }

    /// Looks for a `_valueString` that stands beside a `valueInteger`.
    func checkChoicesMatch(_ object: JSONValue, _ type: TypeID, _ findings: inout [StructureFinding]) {
        for member in object.members {
            guard let shape = definitions.shape(of: type, numbered: member.number), shape.isExtension, shape.isChoice,
                object.member(numbered: shape.nameNumber) == nil,
                let other = definitions[type].elements.first(where: { candidate in
                    let number = candidate.nameNumber
                    return definitions.shape(of: type, numbered: number)?.group == shape.group
                        && object.member(numbered: number) != nil
                })
            else { continue }
            report(
                .severalChoices, at: member.value, "\(shortened(member.name)) does not belong to \(other.name)",
                &findings)
        }
    }

    /// A resource without what it must have, or an extension without its url, means nothing. A part that lacks something
    /// is only warned of: the specification's own examples have such, and refusing the whole would lose the rest.
    func reportMissing(_ groups: UInt64, in object: JSONValue, _ type: TypeID, _ findings: inout [StructureFinding]) {
        let holder = definitions[type]
        let isError = holder.kind == .resource || holder.name == "Extension"
        var left = groups
        for element in holder.elements {
            guard let shape = definitions.shape(of: type, numbered: element.nameNumber),
                left & (1 << UInt64(shape.group)) != 0
            else { continue }
            left &= ~(1 << UInt64(shape.group))
            let name = element.choice.map { $0 + "[x]" } ?? element.name
            report(
                .missing, at: object, child: "." + name, severity: isError ? .error : .warning,
                "\(holder.name) needs \(name)", &findings)
        }
    }

    func quoted(_ value: JSONValue) -> String {
        switch value.kind {
        case .object: "an object"
        case .array: "an array"
        case .string: "\"\(shortened(value.utf8))\""
        default: shortened(value.utf8)
        }
    }

    private func shortened(_ text: UnsafeRawBufferPointer) -> String {
        guard text.count > Self.quotedBytesMax else { return String(decoding: text, as: UTF8.self) }
        return String(decoding: text[..<Self.quotedBytesMax], as: UTF8.self) + "…"
    }

    /// The way from the root to a place on the tape, found by walking down again.
    private func path(to index: Int) -> String {
        guard var current = root else { return "" }
        var path = "resource"
        if let name = current.member(numbered: definitions.resourceTypeNumber), name.isString {
            path = shortened(name.utf8)
        }
        while current.index < index {
            if current.isArray {
                var place = 0
                var found: JSONValue?
                for element in current.elements {
                    if index < element.endIndex {
                        found = element
                        break
                    }
                    place += 1
                }
                guard let found else { return path }
                path += "[\(place)]"
                current = found
            } else {
                guard let member = current.members.first(where: { index < $0.value.endIndex }) else { return path }
                path += "." + shortened(member.name)
                current = member.value
            }
        }
        return path
    }
}
