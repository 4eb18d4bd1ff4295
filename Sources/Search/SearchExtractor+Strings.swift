internal import FHIR
internal import JSONTape

extension SearchExtractor {
    func appendString(_ text: UnsafeRawBufferPointer, path: UInt16) {
        let memory = entries.reserve(text.count)
        var count = 0
        if let start = memory.baseAddress {
            count = TextNormalizer.normalize(text, into: start.assumingMemoryBound(to: UInt8.self))
        }
        var entry = IndexEntry(path: path, kind: .string)
        entry.first = entries.commit(memory, count: count)
        entry.second = TextSlice(text)
        entries.append(entry)
    }

    func appendStrings(_ value: JSONValue, form: ElementForm, path: UInt16) {
        switch form {
        case .text: if value.isString { appendString(value.utf8, path: path) }
        case .humanName:
            for member in value.members {
                let number = member.number
                guard
                    number == names.family || number == names.given || number == names.prefix
                        || number == names.suffix || number == names.text
                else { continue }
                appendEach(member.value, path: path)
            }
        case .address:
            for member in value.members {
                let number = member.number
                guard
                    number == names.line || number == names.city || number == names.district || number == names.state
                        || number == names.postalCode || number == names.country || number == names.text
                else { continue }
                appendEach(member.value, path: path)
            }
        case .codeableConcept:
            for member in value.members where member.number == names.text { appendEach(member.value, path: path) }
        default: break
        }
    }

    private func appendEach(_ value: JSONValue, path: UInt16) {
        for element in value.elementsOrSelf where element.isString { appendString(element.utf8, path: path) }
    }

    func appendURI(_ value: JSONValue, path: UInt16) {
        guard value.isString else { return }
        var entry = IndexEntry(path: path, kind: .uri)
        entry.second = TextSlice(value.utf8)
        entries.append(entry)
    }
}
