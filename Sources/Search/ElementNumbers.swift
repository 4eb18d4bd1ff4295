internal import FHIR
internal import JSONTape

/// The numbers of the member names that extraction looks for.
struct ElementNumbers {
    let id, resourceType, contained, div: UInt16
    let system, code, value, display, coding, text, type, unit, currency, comparator: UInt16
    let family, given, prefix, suffix: UInt16
    let line, city, district, state, postalCode, country: UInt16
    let start, end, event, repeats, boundsPeriod, low, high: UInt16
    let reference, identifier, latitude, longitude: UInt16

    init(_ definitions: Definitions) {
        let names = definitions.names
        id = names.number(of: "id")
        resourceType = definitions.resourceTypeNumber
        contained = names.number(of: "contained")
        div = names.number(of: "div")
        system = names.number(of: "system")
        code = names.number(of: "code")
        value = names.number(of: "value")
        display = names.number(of: "display")
        coding = names.number(of: "coding")
        text = names.number(of: "text")
        type = names.number(of: "type")
        unit = names.number(of: "unit")
        currency = names.number(of: "currency")
        comparator = names.number(of: "comparator")
        family = names.number(of: "family")
        given = names.number(of: "given")
        prefix = names.number(of: "prefix")
        suffix = names.number(of: "suffix")
        line = names.number(of: "line")
        city = names.number(of: "city")
        district = names.number(of: "district")
        state = names.number(of: "state")
        postalCode = names.number(of: "postalCode")
        country = names.number(of: "country")
        start = names.number(of: "start")
        end = names.number(of: "end")
        event = names.number(of: "event")
        repeats = names.number(of: "repeat")
        boundsPeriod = names.number(of: "boundsPeriod")
        low = names.number(of: "low")
        high = names.number(of: "high")
        reference = names.number(of: "reference")
        identifier = names.number(of: "identifier")
        latitude = names.number(of: "latitude")
        longitude = names.number(of: "longitude")
    }
}

/// How a data type is turned into index entries.
enum ElementForm: UInt8 {
    case text, boolean, number, date
    case coding, codeableConcept, identifier, contactPoint, humanName, address
    case quantity, money, range, period, timing, reference, fhirExtension, position, resource, other

    init(_ type: TypeFacts, definitions: Definitions) {
        if let primitive = type.primitive {
            switch primitive {
            case .boolean: self = .boolean
            case .decimal, .integer, .positiveInt, .unsignedInt: self = .number
            case .date, .dateTime, .instant: self = .date
            case .base64Binary, .xhtml, .time: self = .other
            case .canonical, .code, .id, .markdown, .oid, .string, .uri, .url, .uuid: self = .text
            }
            return
        }
        if type.kind == .resource {
            self = .resource
            return
        }
        if let quantity = definitions.type(named: "Quantity"), definitions.isSubtype(type.id, of: quantity) {
            self = .quantity
            return
        }
        let forms: [String: ElementForm] = [
            "Coding": .coding, "CodeableConcept": .codeableConcept, "Identifier": .identifier,
            "ContactPoint": .contactPoint, "HumanName": .humanName, "Address": .address, "Money": .money,
            "Range": .range, "Period": .period, "Timing": .timing, "Reference": .reference,
            "Extension": .fhirExtension, "Location.position": .position,
        ]
        self = forms[type.name] ?? .other
    }
}
