internal import FHIR
internal import JSONTape

/// The numbers of the member names, and the types, that are looked for by code.
struct ElementNames {
    let id, contained, meta, profile, versionID, lastUpdated, security, text, div, url, value, `extension`: UInt16
    let modifierExtension, reference, type, code, system, coding, entry, fullURL, resource, resourceType: UInt16
    let identifier, display: UInt16
    let element, `extensionType`, referenceType, bundle, domainResource, coded, codingType, quantity: TypeID
    let anyResource: TypeID

    init(_ definitions: Definitions) {
        let number = definitions.names.number(of:)
        let named = { (name: String) in definitions.type(named: name) ?? TypeID(raw: 0) }
        id = number("id")
        contained = number("contained")
        meta = number("meta")
        profile = number("profile")
        versionID = number("versionId")
        lastUpdated = number("lastUpdated")
        security = number("security")
        text = number("text")
        div = number("div")
        url = number("url")
        value = number("value")
        `extension` = number("extension")
        modifierExtension = number("modifierExtension")
        reference = number("reference")
        type = number("type")
        code = number("code")
        system = number("system")
        coding = number("coding")
        entry = number("entry")
        fullURL = number("fullUrl")
        resource = number("resource")
        resourceType = number("resourceType")
        identifier = number("identifier")
        display = number("display")
        element = named("Element")
        extensionType = named("Extension")
        referenceType = named("Reference")
        bundle = named("Bundle")
        domainResource = named("DomainResource")
        coded = named("CodeableConcept")
        codingType = named("Coding")
        quantity = named("Quantity")
        anyResource = named("Resource")
    }
}
