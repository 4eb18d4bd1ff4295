internal import FHIR
internal import JSONTape

/// The numbers of the names and types that functions look for by themselves.
struct WellKnownNames {
    let resource: TypeID
    /// The types of codes.
    let coding, codeableConcept: TypeID?
    let resourceType, id, contained, reference, type, url: UInt16
    let value, unit, code, system, version, codings: UInt16
    let modifierExtension: UInt16
    let entry, entryResource, fullURL: UInt16

    init(_ definitions: Definitions) {
        let names = definitions.names
        resource = definitions.type(named: "Resource") ?? TypeID(raw: 0)
        coding = definitions.type(named: "Coding")
        codeableConcept = definitions.type(named: "CodeableConcept")
        resourceType = definitions.resourceTypeNumber
        id = names.number(of: "id")
        contained = names.number(of: "contained")
        reference = names.number(of: "reference")
        type = names.number(of: "type")
        url = names.number(of: "url")
        value = names.number(of: "value")
        unit = names.number(of: "unit")
        code = names.number(of: "code")
        system = names.number(of: "system")
        version = names.number(of: "version")
        codings = names.number(of: "coding")
        modifierExtension = names.number(of: "modifierExtension")
        entry = names.number(of: "entry")
        entryResource = names.number(of: "resource")
        fullURL = names.number(of: "fullUrl")
    }
}
