internal import JSONTape

/// Reads the members of a stored definition; whatever is not as FHIR has it is an error that names the path.
struct DefinitionJSON {
    let value: JSONValue
    /// FHIR's name of the element: `ValueSet.compose.include`.
    let path: String

    /// - Throws: `TerminologyError.invalid` if the value is no object.
    init(_ value: JSONValue, path: String) throws(TerminologyError) {
        guard value.isObject else { throw TerminologyError(.invalid, "\(path) is not an object") }
        self.value = value
        self.path = path
    }

    /// The bytes of a string; `nil` if it is not there.
    func bytes(_ name: StaticString) throws(TerminologyError) -> UnsafeRawBufferPointer? {
        guard let member = value.member(name) else { return nil }
        guard member.isString, member.utf8.count > 0 else {
            throw TerminologyError(.invalid, "\(path).\(name) is not a text")
        }
        return member.utf8
    }

    /// A copy of a string; `nil` if it is not there.
    func text(_ name: StaticString) throws(TerminologyError) -> String? {
        try bytes(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of a string that must be there.
    func required(_ name: StaticString) throws(TerminologyError) -> UnsafeRawBufferPointer {
        guard let bytes = try bytes(name) else { throw TerminologyError(.invalid, "\(path).\(name) is missing") }
        return bytes
    }

    func bool(_ name: StaticString) throws(TerminologyError) -> Bool? {
        guard let member = value.member(name) else { return nil }
        guard let bool = member.bool else { throw TerminologyError(.invalid, "\(path).\(name) is not a boolean") }
        return bool
    }

    /// A number that must not be negative.
    func count(_ name: StaticString) throws(TerminologyError) -> Int? {
        guard let member = value.member(name) else { return nil }
        guard member.kind == .number, let number = Int(member.text), number >= 0 else {
            throw TerminologyError(.invalid, "\(path).\(name) is not a count")
        }
        return number
    }

    /// An object; `nil` if it is not there.
    func object(_ name: StaticString) throws(TerminologyError) -> DefinitionJSON? {
        guard let member = value.member(name) else { return nil }
        return try DefinitionJSON(member, path: "\(path).\(name)")
    }

    /// The objects of an array, one after another; none if it is not there.
    func each(
        _ name: StaticString, _ body: (DefinitionJSON) throws(TerminologyError) -> Void
    ) throws(TerminologyError) {
        guard let array = try array(name) else { return }
        let path = "\(path).\(name)"
        for element in array.elements { try body(DefinitionJSON(element, path: path)) }
    }

    /// The texts of an array; none if it is not there.
    func texts(_ name: StaticString) throws(TerminologyError) -> [String] {
        guard let array = try array(name) else { return [] }
        var texts: [String] = []
        for element in array.elements {
            guard let text = element.string, !text.isEmpty else {
                throw TerminologyError(.invalid, "\(path).\(name) has something else than texts")
            }
            texts.append(text)
        }
        return texts
    }

    private func array(_ name: StaticString) throws(TerminologyError) -> JSONValue? {
        guard let member = value.member(name) else { return nil }
        // An empty list of concepts would otherwise read as none given, which means all there are.
        guard member.isArray, member.endIndex > member.index + 1 else {
            throw TerminologyError(.invalid, "\(path).\(name) is not an array with something in it")
        }
        return member
    }

    /// The members that code systems and value sets share.
    func header() throws(TerminologyError) -> DefinitionHeader {
        DefinitionHeader(
            url: try text("url") ?? "", version: try text("version"), id: try text("id"), name: try text("name"),
            title: try text("title"), status: try text("status"), language: try text("language"))
    }

    /// - Throws: `TerminologyError.invalid` if it is a resource of another type.
    func expect(resourceType: String) throws(TerminologyError) {
        guard value.member("resourceType")?.string == resourceType else {
            throw TerminologyError(.invalid, "not a \(resourceType)")
        }
    }
}
