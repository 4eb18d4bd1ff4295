internal import FHIR
internal import JSONTape

/// Where references point.
extension ResourceValidator {
    /// Whether a reference into the container finds something there.
    func checkLocalReference(_ object: JSONValue) {
        guard let text = object.member(numbered: names.reference), text.isString,
            text.utf8.first == UInt8(ascii: "#"), text.utf8.count > 1
        else { return }
        guard container?.type(of: UnsafeRawBufferPointer(rebasing: text.utf8[1...])) == nil else { return }
        report(.error, .invariant, at: text, rule: "ref-1", "\(quoted(text)) is not among the contained resources")
    }

    /// Whether a Reference or canonical points at a type that its element allows.
    func checkTarget(of value: JSONValue, _ type: TypeID, _ targets: [TypeID]) {
        guard let (found, place) = referencedType(of: value, type) else { return }
        guard !targets.contains(where: { definitions.isSubtype(found, of: $0) }) else { return }
        let wanted = targets.map { definitions[$0].name }.joined(separator: ", ")
        report(
            .error, .structure, at: place,
            "a reference to \(definitions[found].name) is not allowed here, only to \(wanted)")
    }

    /// The type of resource that a Reference or canonical points at, as far as its text or what is at hand tells, and
    /// the value that tells it.
    func referencedType(of value: JSONValue, _ type: TypeID) -> (TypeID, JSONValue)? {
        guard value.isObject else {
            // A canonical is an identity, not an address: only those into the resource itself tell a type.
            guard value.isString, value.utf8.first == UInt8(ascii: "#") else { return nil }
            return container?.type(of: UnsafeRawBufferPointer(rebasing: value.utf8[1...])).map { ($0, value) }
        }
        guard type == names.referenceType else { return nil }
        if let text = value.member(numbered: names.reference), text.isString, !text.utf8.isEmpty {
            if text.utf8.first == UInt8(ascii: "#") {
                return container?.type(of: UnsafeRawBufferPointer(rebasing: text.utf8[1...])).map { ($0, text) }
            }
            if let found = bundle?.type(of: text.utf8) { return (found, text) }
            if let found = ResourceReference(text.utf8, definitions: definitions).type { return (found, text) }
        }
        guard let name = value.member(numbered: names.type), name.isString else { return nil }
        return definitions.resourceType(named: name.utf8).map { ($0, name) }
    }
}
