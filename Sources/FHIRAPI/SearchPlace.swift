internal import FHIR
internal import HTTP
internal import Search

/// Where a search looks: at one type, at several, at what is in a compartment.
struct SearchPlace: Sendable {
    struct Compartment: Sendable {
        /// The type of the resource that it belongs to.
        let name: String
        let id: String
    }

    /// The one type of the address; `nil` where `_type` tells, or all are meant.
    let type: TypeID?
    let compartment: Compartment?
    /// What of the address names it, without a slash at either end.
    let path: String

    /// The compartments of R4.
    static let compartments: Set<String> = ["Patient", "Encounter", "Practitioner", "RelatedPerson", "Device"]

    /// Whether one type alone is searched, whatever the parameters say.
    var isOfType: Bool { type != nil }

    /// - Throws: `FHIRAPIError.notFound` for an address that names no place.
    static func of(_ call: Call) throws(FHIRAPIError) -> SearchPlace {
        guard let inner = call.request.captures["inner"] else {
            if call.typeName.isEmpty { return SearchPlace(type: nil, compartment: nil, path: "") }
            return SearchPlace(type: try call.type(), compartment: nil, path: call.typeName)
        }
        guard compartments.contains(call.typeName) else {
            throw FHIRAPIError(
                .notFound, .notSupported,
                "There is no compartment \"\(call.typeName.shortened)\": R4 has those of "
                    + compartments.sorted().joined(separator: ", ") + ".")
        }
        let compartment = Compartment(name: call.typeName, id: call.id)
        let path = "\(call.typeName)/\(call.id)/\(inner)"
        if inner == "*" { return SearchPlace(type: nil, compartment: compartment, path: path) }
        guard let type = call.api.resourceType(inner) else {
            throw FHIRAPIError(.notFound, .notSupported, "FHIR R4 has no resource type \"\(inner.shortened)\".")
        }
        return SearchPlace(type: type, compartment: compartment, path: path)
    }

    /// The types to search, by the address and `_type`.
    /// - Throws: `FHIRAPIError.invalid` for a `_type` that names no type.
    func types(_ values: [String], _ definitions: Definitions) throws(FHIRAPIError) -> [TypeID] {
        if let type { return [type] }
        if values.isEmpty { return definitions.concreteResourceTypes }
        var types: [TypeID] = []
        for name in values.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let type = Array(name.utf8).withUnsafeBytes({ definitions.resourceType(named: $0) }) else {
                throw FHIRAPIError(
                    .invalid, .value, "_type names no resource type: \"\(String(name).shortened)\".",
                    location: "http._type")
            }
            if !types.contains(type) { types.append(type) }
        }
        return types
    }
}
