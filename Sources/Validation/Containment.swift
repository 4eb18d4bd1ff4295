internal import FHIR
internal import JSONTape

/// A resource and what it contains.
struct Containment {
    let resource: JSONValue
    private let own: TypeID?
    private var types: [String: TypeID] = [:]

    init(_ resource: JSONValue, _ names: ElementNames, _ definitions: Definitions) {
        self.resource = resource
        own = Self.type(of: resource, names, definitions)
        guard let contained = resource.member(numbered: names.contained) else { return }
        for one in contained.elements {
            guard let id = one.member(numbered: names.id), id.isString else { continue }
            types[id.text] = Self.type(of: one, names, definitions) ?? names.anyResource
        }
    }

    /// The type of the resource of that id; the container's own for an empty one.
    func type(of id: UnsafeRawBufferPointer) -> TypeID? {
        if id.isEmpty { return own }
        guard !types.isEmpty else { return nil }
        return types[String(decoding: id, as: UTF8.self)]
    }

    private static func type(of resource: JSONValue, _ names: ElementNames, _ definitions: Definitions) -> TypeID? {
        guard let name = resource.member(numbered: names.resourceType), name.isString else { return nil }
        return definitions.resourceType(named: name.utf8)
    }
}

/// The entries of a Bundle by their full urls.
struct BundleEntries {
    private var types: [String: TypeID] = [:]

    init(_ bundle: JSONValue, _ names: ElementNames, _ definitions: Definitions) {
        guard let entries = bundle.member(numbered: names.entry) else { return }
        for entry in entries.elements {
            guard let url = entry.member(numbered: names.fullURL), url.isString,
                let resource = entry.member(numbered: names.resource),
                let name = resource.member(numbered: names.resourceType), name.isString,
                let type = definitions.resourceType(named: name.utf8)
            else { continue }
            types[url.text] = type
        }
    }

    /// The type of the entry of that full url.
    func type(of url: UnsafeRawBufferPointer) -> TypeID? {
        types.isEmpty ? nil : types[String(decoding: url, as: UTF8.self)]
    }

    var isEmpty: Bool { types.isEmpty }
}
