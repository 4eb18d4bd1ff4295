internal import FHIR
internal import JSONTape

extension SearchExtractor {
    func appendReference(_ value: JSONValue, form: ElementForm, path: UInt16) {
        switch form {
        case .reference: appendReference(value, path: path)
        case .text: if value.isString { appendCanonical(value.utf8, path: path) }
        case .resource: appendInline(value, path: path)
        default: break
        }
    }

    private func appendReference(_ value: JSONValue, path: UInt16) {
        var reference: JSONValue?
        var identifier: JSONValue?
        var type = TextSlice()
        for member in value.members {
            if member.number == names.reference {
                reference = member.value
            } else if member.number == names.identifier {
                identifier = member.value
            } else if member.number == names.type {
                type = member.value.slice
            }
        }
        if let identifier { appendIdentifier(identifier, targetType: type, path: path) }
        if let reference, reference.isString {
            appendLiteral(reference.utf8, statedType: type, path: path)
        } else if identifier == nil {
            var entry = IndexEntry(path: path, kind: .present)
            entry.first = type
            entries.append(entry)
        }
    }

    private func appendIdentifier(_ identifier: JSONValue, targetType: TextSlice, path: UInt16) {
        var entry = IndexEntry(path: path, kind: .referenceIdentifier)
        entry.first = identifier.member(numbered: names.system)?.slice ?? TextSlice()
        entry.second = identifier.member(numbered: names.value)?.slice ?? TextSlice()
        entry.third = targetType
        entries.append(entry)
    }

    private func appendLiteral(_ text: UnsafeRawBufferPointer, statedType: TextSlice, path: UInt16) {
        let parsed = ReferenceText(text, definitions: definitions)
        var entry = IndexEntry(path: path, kind: .reference)
        entry.third = parsed.key
        entry.fourth = parsed.version
        switch parsed.form {
        case .relative, .absolute:
            entry.first = parsed.type
            entry.second = parsed.id
            entry.isBare = parsed.form == .relative
        case .contained:
            entry.kind = .present
            entry.first = containedType(UnsafeRawBufferPointer(rebasing: text.dropFirst()))
        case .other: entry.first = conditionalType(text) ?? statedType
        }
        entries.append(entry)
    }

    /// The type in "Patient?identifier=…".
    private func conditionalType(_ text: UnsafeRawBufferPointer) -> TextSlice? {
        guard let mark = text.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        let type = UnsafeRawBufferPointer(rebasing: text[..<mark])
        return definitions.resourceType(named: type) == nil ? nil : TextSlice(type)
    }

    /// The type of the contained resource of that id; of the resource itself for an empty id.
    private func containedType(_ id: UnsafeRawBufferPointer) -> TextSlice {
        guard let resource else { return TextSlice() }
        if id.isEmpty { return resource.member(numbered: names.resourceType)?.slice ?? TextSlice() }
        guard let contained = resource.member(numbered: names.contained) else { return TextSlice() }
        for other in contained.elements {
            guard let own = other.member(numbered: names.id), own.isString, bytesEqual(own.utf8, id) else { continue }
            return other.member(numbered: names.resourceType)?.slice ?? TextSlice()
        }
        return TextSlice()
    }

    /// A canonical URL: found by what stands before "|version" or "#fragment". A uri is treated alike, and what has the
    /// form of a reference as one.
    private func appendCanonical(_ text: UnsafeRawBufferPointer, path: UInt16) {
        let end = text.firstIndex { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "#") } ?? text.count
        guard end > 0 else { return }
        let parsed = ReferenceText(UnsafeRawBufferPointer(rebasing: text[..<end]), definitions: definitions)
        var entry = IndexEntry(path: path, kind: .reference)
        entry.first = parsed.type
        entry.second = parsed.id
        entry.third = parsed.key
        entry.fourth = parsed.version
        entry.isBare = parsed.form == .relative
        if end < text.count, text[end] == UInt8(ascii: "|") {
            let version = text[(end + 1)...].prefix { $0 != UInt8(ascii: "#") }
            entry.fourth = TextSlice(UnsafeRawBufferPointer(rebasing: version))
        }
        entries.append(entry)
    }

    /// A resource that stands where a reference is asked for: of a Bundle its first entry. It is found by type and id.
    private func appendInline(_ value: JSONValue, path: UInt16) {
        guard let type = value.member(numbered: names.resourceType), type.isString,
            let id = value.member(numbered: names.id), id.isString, ReferenceText.isID(id.utf8)
        else { return }
        let memory = entries.reserve(type.utf8.count + 1 + id.utf8.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[..<type.utf8.count]).copyMemory(from: type.utf8)
        memory[type.utf8.count] = UInt8(ascii: "/")
        UnsafeMutableRawBufferPointer(rebasing: memory[(type.utf8.count + 1)...]).copyMemory(from: id.utf8)
        var entry = IndexEntry(path: path, kind: .reference)
        entry.third = entries.commit(memory, count: memory.count)
        entry.first = TextSlice(type.utf8)
        entry.second = TextSlice(id.utf8)
        entry.isBare = true
        entries.append(entry)
    }
}
