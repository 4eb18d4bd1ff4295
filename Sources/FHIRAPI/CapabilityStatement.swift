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

    private static let interactions = [
        "read", "vread", "update", "delete", "history-instance", "create", "search-type",
    ]

    /// - Parameter date: when the statement was last changed: the program's start.
    init(plans: SearchPlans, options: FHIRAPIOptions, date: Instant) {
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
            },"fhirVersion":"4.0.1","format":["application/fhir+json","json"],"rest":[{"mode":"server",\
            "documentation":"Searches also take _count (at most\u{20}
            """)
        writer.writeDecimal(options.pageCountMax)
        writer.write(
            """
            ), _sort, _total, _summary, _elements, _include, _revinclude and _at. Paging links keep to the \
            moment at which the search began. An unknown parameter is an error unless the request has Prefer: \
            handling=lenient.","security":{"cors":false,"description":"Every request needs a bearer token."},"resource":[
            """)
        let definitions = plans.definitions
        let referring = referringParameters()
        for (place, type) in definitions.concreteResourceTypes.enumerated() {
            if place > 0 { writer.write(",") }
            write(type, referring: referring[definitions[type].name] ?? [], to: writer)
        }
        writer.write(
            """
            ],"operation":[{"name":"graphql",\
            "definition":"http://hl7.org/fhir/OperationDefinition/Resource-graphql"}]}]}
            """)
    }

    private func write(_ type: TypeID, referring: [String], to writer: ByteWriter) {
        let plan = plans.plan(for: type)
        writer.write("{\"type\":")
        writeJSONString(plan.name, to: writer)
        writer.write(",\"profile\":")
        writeJSONString("http://hl7.org/fhir/StructureDefinition/" + plan.name, to: writer)
        writer.write(",\"interaction\":[")
        for (place, code) in Self.interactions.enumerated() {
            writer.write(place > 0 ? ",{\"code\":\"" : "{\"code\":\"")
            writer.write(code)
            writer.write("\"}")
        }
        writer.write(
            """
            ],"versioning":"versioned","readHistory":true,"updateCreate":true,"conditionalCreate":false,\
            "conditionalRead":"full-support","conditionalUpdate":false,"conditionalDelete":"not-supported",\
            "referencePolicy":["literal"]
            """)
        let codes = plan.parameters.keys.sorted()
        let includes = codes.filter { plan.parameters[$0]?.parameter.type == .reference }
        write("searchInclude", ["*"] + includes.map { plan.name + ":" + $0 }, to: writer)
        write("searchRevInclude", referring, to: writer)
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
        if plan.name == "Patient" {
            writer.write(
                """
                ,"operation":[{"name":"everything",\
                "definition":"http://hl7.org/fhir/OperationDefinition/Patient-everything"}]
                """)
        }
        writer.write(Self.terminologyOperations(of: plan.name))
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
