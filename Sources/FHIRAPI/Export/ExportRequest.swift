internal import Base
internal import FHIR
internal import HTTP
internal import RecordStore
internal import Search

/// Whose data an export holds.
enum ExportLevel: Equatable, Sendable {
    case system
    case patients
    /// The members of a Group.
    case group(String)
}

/// An export as it was asked for. Everything that is kept of it is its level and parameters, so that it is read again
/// after a restart.
/// - Source: Bulk Data Access, https://hl7.org/fhir/uv/bulkdata/export.html
struct ExportRequest: Sendable {
    let level: ExportLevel
    /// Names and values, without those that were passed over.
    private(set) var parameters: [QueryParameters.Item] = []
    /// The types that are wanted; `nil` for all.
    private(set) var types: Set<TypeID>?
    /// Of a type that is filtered, the queries of which one must hold.
    private(set) var filters: [TypeID: [SearchQuery]] = [:]
    /// Only what was changed after this moment.
    private(set) var since: Instant?
    /// Only what was changed up to this moment.
    private(set) var until: Instant?
    /// The state of this moment is wanted.
    private(set) var at: Instant?
    /// Names of elements of all types.
    private(set) var elements: [String] = []
    private(set) var elementsOfType: [TypeID: [String]] = [:]
    /// Ids of the patients to whom the export is limited; `nil` for all.
    private(set) var patients: [String]?

    private let definitions: Definitions
    private let baseURL: String

    /// The parameters that are taken at all levels.
    static let known = [
        "_outputFormat", "_type", "_typeFilter", "_since", "_until", "_at", "_elements", "allowPartialManifests",
    ]

    /// Values of one parameter.
    private static let valuesMax = 10_000

    /// - Parameters:
    ///   - baseURL: this server's own address, without a slash at the end.
    ///   - terminology: answers what filters ask of code systems and value sets.
    ///   - isLenient: whether what is not understood is passed over.
    /// - Throws: `FHIRAPIError` that names the parameter.
    init(
        _ level: ExportLevel, _ given: [QueryParameters.Item], plans: SearchPlans, now: Instant, baseURL: String,
        terminology: any SearchTerminology, isLenient: Bool
    ) throws {
        self.level = level
        definitions = plans.definitions
        self.baseURL = baseURL
        // What a filter or list of elements may name depends on the types, whatever the order.
        let rank = { (name: String) in name == "_type" ? 0 : 1 }
        let once: Set = ["_since", "_until", "_at", "_outputFormat"]
        var seen: Set<String> = []
        for item in given.filter({ rank($0.name) == 0 }) + given.filter({ rank($0.name) == 1 }) {
            if ["_format", "_pretty"].contains(item.name) { continue }
            do {
                if !seen.insert(item.name).inserted, once.contains(item.name) {
                    throw Self.error(item.name, "may come only once")
                }
                try read(item, plans, now, terminology)
                parameters.append(item)
            } catch {
                guard isLenient else { throw error }
            }
        }
    }

    private mutating func read(
        _ item: QueryParameters.Item, _ plans: SearchPlans, _ now: Instant, _ terminology: any SearchTerminology
    ) throws {
        switch item.name {
        case "_outputFormat":
            let known = ["application/fhir+ndjson", "application/ndjson", "application/x-ndjson", "ndjson"]
            // A plus sign that was not coded has become a space.
            guard known.contains(item.value.replacing(" ", with: "+")) else {
                throw Self.error(item.name, "takes application/fhir+ndjson, not \"\(item.value.shortened)\"")
            }
        case "_type":
            var all = types ?? []
            for name in try values(item) { all.insert(try type(name, item.name)) }
            types = all
        case "_since": since = try Call.instants(item.name, item.value).low
        case "_until": until = try Call.instants(item.name, item.value).high
        case "_at": at = try Call.instants(item.name, item.value).high
        case "_elements": for text in try values(item) { try readElement(text) }
        case "_typeFilter":
            for text in Self.filters(in: item.value) { try readFilter(text, plans, now, terminology) }
        case "patient": try readPatients(item)
        case "allowPartialManifests":
            // A client may take manifests in parts; it gets whole ones.
            guard ["true", "false"].contains(item.value) else { throw Self.error(item.name, "takes true or false") }
        case "includeAssociatedData", "organizeOutputBy":
            throw FHIRAPIError(
                .invalid, .notSupported,
                "The parameter \"\(item.name)\" is not served: leave it out, or send Prefer: handling=lenient.",
                location: "http." + item.name)
        default:
            throw FHIRAPIError(
                .invalid, .notSupported, "The parameter \"\(item.name.shortened)\" is not known here.",
                location: "http." + item.name.shortened)
        }
    }

    private func values(_ item: QueryParameters.Item) throws -> [String] {
        let values = item.value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard values.count <= Self.valuesMax, !values.contains("") else {
            throw Self.error(item.name, "takes a list of at most \(Self.valuesMax) values, none of them empty")
        }
        return values
    }

    private func type(_ name: String, _ parameter: String) throws -> TypeID {
        var text = name
        guard let type = text.withUTF8({ definitions.resourceType(named: UnsafeRawBufferPointer($0)) }) else {
            throw Self.error(parameter, "names \"\(name.shortened)\", which is no resource type of R4")
        }
        return type
    }

    /// `Type.element`, or an element that some type has.
    private mutating func readElement(_ text: String) throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let definitions = definitions
        func has(_ type: TypeID, _ name: String) -> Bool {
            ResourceSubset.unknownElement([name], of: type, definitions: definitions) == nil
        }
        switch parts.count {
        case 1 where definitions.concreteResourceTypes.contains { has($0, text) }: elements.append(text)
        case 2:
            let type = try type(parts[0], "_elements")
            guard has(type, parts[1]) else { fallthrough }
            elementsOfType[type, default: []].append(parts[1])
        default: throw Self.error("_elements", "names \"\(text.shortened)\", which is no element of R4")
        }
    }

    /// Filters stand behind one another with commas, which their own values may hold, too.
    static func filters(in text: String) -> [String] {
        var filters: [String] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let isStart = piece.prefix { $0.isASCII && $0.isLetter }.count > 0 && beginsFilter(piece)
            if isStart || filters.isEmpty {
                filters.append(piece)
            } else {
                filters[filters.count - 1] += "," + piece
            }
        }
        return filters
    }

    private static func beginsFilter(_ text: String) -> Bool {
        guard let mark = text.firstIndex(of: "?"), let first = text.utf8.first else { return false }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
            && text[..<mark].utf8.allSatisfy { UInt8(ascii: "A") <= $0 && $0 <= UInt8(ascii: "z") }
    }

    private mutating func readFilter(
        _ text: String, _ plans: SearchPlans, _ now: Instant, _ terminology: any SearchTerminology
    ) throws {
        guard let mark = text.firstIndex(of: "?") else {
            throw Self.error("_typeFilter", "takes a search such as Observation?status=final")
        }
        let type = try type(String(text[..<mark]), "_typeFilter")
        if let types, !types.contains(type) {
            throw Self.error("_typeFilter", "filters \(definitions[type].name), which _type leaves out")
        }
        let query = Array(text[text.index(after: mark)...].utf8)
        guard let items = query.withUnsafeBufferPointer({ QueryParameters(decoding: $0) }), !items.isEmpty else {
            throw Self.error("_typeFilter", "takes a search such as Observation?status=final")
        }
        let ofAnswer: Set = [
            "_sort", "_count", "_total", "_summary", "_elements", "_include", "_revinclude", "_at", "_contained",
            "_format", "_pretty", "_page", "_explain",
        ]
        for item in items where ofAnswer.contains(item.name.split(separator: ":").first.map(String.init) ?? "") {
            throw Self.error(
                "_typeFilter", "cannot hold \"\(item.name.shortened)\", which shapes the answer of a search")
        }
        filters[type, default: []].append(
            try SearchQuery.parse(
                type: type, parameters: items.map { ($0.name, $0.value) }, plans: plans, now: now,
                baseURL: baseURL + "/", terminology: terminology))
    }

    private mutating func readPatients(_ item: QueryParameters.Item) throws {
        guard level != .system else {
            throw Self.error(item.name, "has no place in an export of the system: export /Patient")
        }
        var all = Set(patients ?? [])
        for text in try values(item) {
            var name = text
            if name.hasPrefix(baseURL + "/") { name.removeFirst(baseURL.count + 1) }
            if name.hasPrefix("Patient/") { name.removeFirst("Patient/".count) }
            guard Self.isID(name) else {
                throw Self.error(item.name, "takes a reference such as Patient/123, not \"\(text.shortened)\"")
            }
            all.insert(name)
        }
        guard all.count <= Self.valuesMax else { throw Self.error(item.name, "comes too often") }
        patients = all.sorted()
    }

    private static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    static func error(_ name: String, _ what: String) -> FHIRAPIError {
        FHIRAPIError(.invalid, .value, "The parameter \"\(name)\" \(what).", location: "http." + name)
    }
}
