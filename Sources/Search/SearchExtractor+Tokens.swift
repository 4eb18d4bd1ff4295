internal import FHIR
internal import JSONTape

extension JSONValue {
    /// A string's bytes; none for every other kind.
    @inline(__always)
    var slice: TextSlice { isString ? TextSlice(utf8) : TextSlice() }
}

extension SearchExtractor {
    func appendToken(system: TextSlice, code: TextSlice, isBare: Bool = false, path: UInt16) {
        guard !code.isEmpty || !system.isEmpty else { return }
        var entry = IndexEntry(path: path, kind: .token)
        entry.first = system
        entry.second = code
        entry.isBare = isBare
        entries.append(entry)
    }

    private func appendText(_ text: JSONValue, path: UInt16) {
        guard text.isString else { return }
        var entry = IndexEntry(path: path, kind: .text)
        entry.second = TextSlice(text.utf8)
        entries.append(entry)
    }

    func appendTokens(_ value: JSONValue, form: ElementForm, path: UInt16) {
        switch form {
        case .text, .boolean, .number, .date:
            guard !value.isObject, !value.isArray else { return }
            appendToken(system: TextSlice(), code: TextSlice(value.utf8), isBare: true, path: path)
        case .coding: appendCoding(value, path: path)
        case .codeableConcept:
            for member in value.members {
                if member.number == names.coding {
                    for coding in member.value.elementsOrSelf { appendCoding(coding, path: path) }
                } else if member.number == names.text {
                    appendText(member.value, path: path)
                }
            }
        case .identifier: appendIdentifier(value, path: path)
        case .contactPoint:
            var (system, code) = (TextSlice(), TextSlice())
            for member in value.members {
                if member.number == names.system { system = member.value.slice }
                if member.number == names.value { code = member.value.slice }
            }
            if !code.isEmpty { appendToken(system: system, code: code, path: path) }
        default: break
        }
    }

    private func appendCoding(_ coding: JSONValue, path: UInt16) {
        var (system, code) = (TextSlice(), TextSlice())
        for member in coding.members {
            if member.number == names.system {
                system = member.value.slice
            } else if member.number == names.code {
                code = member.value.slice
            } else if member.number == names.display {
                appendText(member.value, path: path)
            }
        }
        appendToken(system: system, code: code, path: path)
    }

    private func appendIdentifier(_ identifier: JSONValue, path: UInt16) {
        var (system, code) = (TextSlice(), TextSlice())
        var type: JSONValue?
        for member in identifier.members {
            if member.number == names.system {
                system = member.value.slice
            } else if member.number == names.value {
                code = member.value.slice
            } else if member.number == names.type {
                type = member.value
            }
        }
        appendToken(system: system, code: code, path: path)
        guard let type else { return }
        for member in type.members {
            if member.number == names.text { appendText(member.value, path: path) }
            guard member.number == names.coding else { continue }
            for coding in member.value.elementsOrSelf {
                var entry = IndexEntry(path: path, kind: .identifierType)
                entry.first = coding.member(numbered: names.system)?.slice ?? TextSlice()
                entry.second = coding.member(numbered: names.code)?.slice ?? TextSlice()
                entry.third = code
                entries.append(entry)
            }
        }
    }
}
