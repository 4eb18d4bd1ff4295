internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Search
internal import Synchronization

/// What this server can do, made from what it is: the definitions, and the search parameters that are indexed.
/// - Source: FHIR R4 CapabilityStatement, https://hl7.org/fhir/R4/capabilitystatement.html
final class CapabilityStatement: Sendable {
    private let plans: SearchPlans
    private let options: FHIRAPIOptions
    private let date: Instant
    private let made = Mutex<ByteBuffer?>(nil)

    private let served: Set<FHIRRoute.Served>

    /// - Parameters:
    ///   - date: when the statement was last changed: the program's start.
    ///   - routes: what is really answered.
    init(plans: SearchPlans, options: FHIRAPIOptions, routes: [FHIRRoute], date: Instant) {
        served = Set(routes.flatMap(\.serves))
        self.plans = plans
        self.options = options
        self.date = date
    }

    /// The statement; made when it is first asked for.
    var json: ByteBuffer {
        made.withLock { made in
            if let known = made { return known }
            let writer = ByteWriter(capacity: 1 << 20)
            write(to: writer)
            let buffer = ByteBuffer(taking: writer)
            made = buffer
            return buffer
        }
    }

    private func write(to writer: ByteWriter) {
        writer.write("{\"resourceType\":\"CapabilityStatement\",\"status\":\"active\",\"date\":\"")
        writeInstant(date, to: writer)
        writer.write("\",\"publisher\":")
        writeJSONString(options.publisher, to: writer)
        writer.write(",\"kind\":\"instance\",\"software\":{\"name\":\"Martlet\",\"version\":")
        writeJSONString(options.softwareVersion, to: writer)
        writer.write("},\"implementation\":{\"description\":\"Martlet patient-data platform\"")
        if let origin = options.publicOrigin {
            writer.write(",\"url\":")
            writeJSONString(origin + "/fhir", to: writer)
        }
        writer.write(
            """
            },"fhirVersion":"4.0.1","format":["application/fhir+json","json"],\
            "patchFormat":["application/json-patch+json","application/fhir+json"],"rest":[{"mode":"server",\
            "documentation":"Searches also take _count (at most\u{20}
            """)
        writer.writeDecimal(options.pageCountMax)
        writer.write(
            """
            ), _sort, _total, _summary, _elements, _include, _revinclude, _at and _explain. References are followed by \
            chains and _has of up to eight steps; _filter takes the whole grammar of R4. Paging links keep to the \
            moment at which the search began. An unknown parameter is an error unless the request has Prefer: \
            handling=lenient.","security":{"cors":true,"service":[{"coding":[{"system":\
            "http://terminology.hl7.org/CodeSystem/restful-security-service","code":"SMART-on-FHIR",\
            "display":"SMART-on-FHIR"}],"text":"OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)"}],\
            "description":"Every request needs a bearer token, or a signed-in person's session cookie. Origins whose \
            pages may read answers are listed by the operator."
            """)
        writeAuthorizationAddresses(to: writer)
        writer.write("},\"resource\":[")
        let definitions = plans.definitions
        let referring = referringParameters()
        for (place, type) in definitions.concreteResourceTypes.enumerated() {
            if place > 0 { writer.write(",") }
            write(type, referring: referring[definitions[type].name] ?? [], to: writer)
        }
        writer.write("]")
        writeList("interaction", interactions(inOrder: Self.systemCodes) { .system($0) }, to: writer) { code in
            writeMember("code", code, to: writer)
        }
        writeList("searchParam", Self.systemParameters, to: writer) { parameter in
            writeMember("name", parameter.name, to: writer)
            writer.write(",")
            writeMember("type", parameter.type, to: writer)
        }
        let operations = served.compactMap { served -> (name: String, definition: String)? in
            if case .systemOperation(let name, let definition) = served { (name, definition) } else { nil }
        }
        writeOperations(operations, to: writer)
        let compartments = SearchPlace.compartments.sorted().map {
            "http://hl7.org/fhir/CompartmentDefinition/" + $0.lowercased()
        }
        write("compartment", compartments, to: writer)
        writer.write("}]}")
    }

    /// Where clients get their tokens, where old ones look.
    /// - Source: SMART App Launch 1.0, conformance: http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris
    private func writeAuthorizationAddresses(to writer: ByteWriter) {
        guard let origin = options.publicOrigin else { return }
        writer.write(",\"extension\":[{")
        writeMember("url", "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", to: writer)
        writeList("extension", ["authorize", "token"], to: writer) { name in
            writeMember("url", name, to: writer)
            writer.write(",")
            writeMember("valueUri", origin + "/oauth/" + name, to: writer)
        }
        writer.write("}]")
    }

    /// What searches of every type take beside the types' own parameters.
    private static let systemParameters = [
        (name: "_content", type: "string"), (name: "_filter", type: "special"), (name: "_has", type: "special"),
        (name: "_list", type: "special"),
        (name: "_type", type: "special"),
    ]

    private static let typeCodes = [
        "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
    ]
    private static let systemCodes = ["transaction", "batch", "search-system", "history-system"]

    /// What of the codes is served.
    private func interactions(inOrder codes: [String], _ made: (String) -> FHIRRoute.Served) -> [String] {
        codes.filter { served.contains(made($0)) }
    }

    private func writeList<Item>(
        _ name: StaticString, _ items: [Item], to writer: ByteWriter, _ body: (Item) -> Void
    ) {
        if items.isEmpty { return }
        writer.write(",\"")
        writer.write(name)
        writer.write("\":[")
        for (place, item) in items.enumerated() {
            writer.write(place > 0 ? ",{" : "{")
            body(item)
            writer.write("}")
        }
        writer.write("]")
    }

    private func writeMember(_ name: StaticString, _ text: String, to writer: ByteWriter) {
        writer.write("\"")
        writer.write(name)
        writer.write("\":")
        writeJSONString(text, to: writer)
    }

    private func writeOperations(_ operations: [(name: String, definition: String)], to writer: ByteWriter) {
        writeList("operation", operations.sorted { $0.name < $1.name }, to: writer) { operation in
            writeMember("name", operation.name, to: writer)
            writer.write(",")
            writeMember("definition", operation.definition, to: writer)
        }
    }

    private func write(_ type: TypeID, referring: [String], to writer: ByteWriter) {
        let plan = plans.plan(for: type)
        writer.write("{\"type\":")
        writeJSONString(plan.name, to: writer)
        writer.write(",\"profile\":")
        writeJSONString("http://hl7.org/fhir/StructureDefinition/" + plan.name, to: writer)
        writeList("interaction", interactions(inOrder: Self.typeCodes) { .interaction($0) }, to: writer) { code in
            writeMember("code", code, to: writer)
        }
        writer.write(",\"versioning\":\"versioned\"")
        for feature in ["readHistory", "updateCreate", "conditionalCreate", "conditionalUpdate"] {
            writer.write(",\"\(feature)\":")
            writer.write(served.contains(.feature(feature)) ? "true" : "false")
        }
        let deletes = served.contains(.feature("conditionalDelete"))
        writer.write(",\"conditionalRead\":\"full-support\",\"conditionalDelete\":\"")
        writer.write(deletes ? options.conditionalDeleteMax > 1 ? "multiple" : "single" : "not-supported")
        writer.write("\",\"referencePolicy\":[\"literal\"]")
        let codes = plan.parameters.keys.sorted()
        let includes = codes.filter { plan.parameters[$0]?.parameter.type == .reference }
        write("searchInclude", ["*"] + includes.map { plan.name + ":" + $0 }, to: writer)
        write("searchRevInclude", ["*"] + referring, to: writer)
        writer.write(",\"searchParam\":[")
        let ofStore = ["_id", "_lastUpdated"].compactMap { plans.definitions.searchParameter($0, of: type) }
        for (place, parameter) in (ofStore + codes.compactMap { plan.parameters[$0]?.parameter }).enumerated() {
            if place > 0 { writer.write(",") }
            writer.write("{\"name\":")
            writeJSONString(parameter.code, to: writer)
            writer.write(",\"definition\":")
            writeJSONString(parameter.url, to: writer)
            writer.write(",\"type\":\"")
            writer.write(parameter.type.rawValue)
            writer.write("\"}")
        }
        writer.write("]")
        let operations = served.compactMap { served -> (name: String, definition: String)? in
            guard case .operation(let name, let definition, let type) = served, type == nil || type == plan.name else {
                return nil
            }
            return (name, definition)
        }
        writeOperations(operations, to: writer)
        writer.write("}")
    }

    private func write(_ name: String, _ values: [String], to writer: ByteWriter) {
        if values.isEmpty { return }
        writer.write(",\"")
        writer.write(name)
        writer.write("\":[")
        for (place, value) in values.enumerated() {
            if place > 0 { writer.write(",") }
            writeJSONString(value, to: writer)
        }
        writer.write("]")
    }

    /// Of each type, `Source:parameter` of what may refer to it by name. Those that may refer to anything are left out.
    private func referringParameters() -> [String: [String]] {
        var found: [String: [String]] = [:]
        for type in plans.definitions.concreteResourceTypes {
            let plan = plans.plan(for: type)
            for code in plan.parameters.keys.sorted() {
                guard let parameter = plan.parameters[code], parameter.parameter.type == .reference else { continue }
                for target in parameter.targetNames { found[target, default: []].append(plan.name + ":" + code) }
            }
        }
        return found
    }
}
