/// The codes that an entry has as an AuditEvent.
struct AuditEventWords {
    var type: AuditCoding
    var subtypes: [AuditCoding] = []
    /// The pattern of IHE BALP that it follows; `nil` if none is about it.
    var profile: String?
    var clientType = AuditCoding.source
    var serverType = AuditCoding.destination
    var userType = AuditCoding.author
    /// Whether it is a search that was made.
    var isSearch = false

    private static let interactions: Set = [
        "read", "vread", "update", "patch", "delete", "history", "history-instance", "history-type", "history-system",
        "create", "search", "search-type", "search-system", "capabilities", "transaction", "batch", "operation",
    ]
    private static let patterns = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."

    init(_ entry: AuditEntry) {
        switch entry.category {
        case .access, .change, .denial:
            type = .restful
            if entry.event == "export" { type = .dicom("110106", "Export") }
            takeInteraction(entry)
        case .authentication:
            type = .dicom("110114", "User Authentication")
            if entry.event == "login" { subtypes = [.dicom("110122", "Login")] }
            if entry.event == "logout" { subtypes = [.dicom("110123", "Logout")] }
        case .key, .configuration:
            type = .dicom("110113", "Security Alert")
            subtypes = [.dicom("110129", "Security Configuration")]
        case .emergency:
            type = .dicom("110113", "Security Alert")
            subtypes = [.dicom("110127", "Emergency Override Started")]
            // An access that an opening in an emergency made possible.
            if Self.interactions.contains(entry.event) { subtypes.append(.interaction(entry.event)) }
        case .system:
            type = .dicom("110100", "Application Activity")
            if entry.event == "start" { subtypes = [.dicom("110120", "Application Start")] }
            if entry.event == "stop" { subtypes = [.dicom("110121", "Application Stop")] }
        }
    }

    private mutating func takeInteraction(_ entry: AuditEntry) {
        guard Self.interactions.contains(entry.event) else { return }
        subtypes = [.interaction(entry.event)]
        switch entry.event {
        case "read", "vread":
            (clientType, serverType, userType) = (.destination, .source, .informationRecipient)
            takePattern("Read", .read, of: entry, isFit: entry.resources.count == 1)
        case "create": takePattern("Create", .create, of: entry, isFit: entry.resources.count == 1)
        case "update", "patch": takePattern("Update", .update, of: entry, isFit: entry.resources.count == 1)
        case "delete":
            (clientType, serverType) = (.application, .custodian)
            takePattern("Delete", .delete, of: entry, isFit: entry.resources.count == 1)
        case "search", "search-type", "search-system":
            isSearch = true
            userType = .informationRecipient
            // The patterns of BALP know any kind of search as `search` besides.
            if entry.event != "search" { subtypes.append(.interaction("search")) }
            takePattern("Query", .execute, of: entry, isFit: entry.request?.isEmpty == false)
        default: userType = .informationRecipient
        }
    }

    /// The patterns are about what succeeded, from an address, for one patient or none, with the request's id.
    private mutating func takePattern(
        _ name: String, _ action: AuditEntry.Action, of entry: AuditEntry, isFit: Bool
    ) {
        guard isFit, entry.category != .denial, entry.outcome == .success, entry.action == action,
            !entry.address.isEmpty, !entry.requestID.isEmpty, entry.patients.count <= 1
        else { return }
        profile = Self.patterns + (entry.patients.isEmpty ? "" : "Patient") + name
    }
}

/// A code with its system and words.
struct AuditCoding {
    var system: String
    var code: String
    var display: String?

    private static let hl7 = "http://terminology.hl7.org/CodeSystem/"

    static let restful = AuditCoding(system: hl7 + "audit-event-type", code: "rest", display: "RESTful Operation")
    static let informationRecipient = AuditCoding(
        system: hl7 + "v3-ParticipationType", code: "IRCP", display: "information recipient")
    static let author = AuditCoding(system: hl7 + "v3-ParticipationType", code: "AUT", display: "author (originator)")
    static let custodian = AuditCoding(
        system: hl7 + "provenance-participant-type", code: "custodian", display: "Custodian")
    static let application = dicom("110150", "Application")
    static let source = dicom("110153", "Source Role ID")
    static let destination = dicom("110152", "Destination Role ID")
    static let applicationServer = AuditCoding(
        system: hl7 + "security-source-type", code: "4", display: "Application Server")
    static let person = AuditCoding(system: hl7 + "audit-entity-type", code: "1", display: "Person")
    static let systemObject = AuditCoding(system: hl7 + "audit-entity-type", code: "2", display: "System Object")
    static let patient = AuditCoding(system: hl7 + "object-role", code: "1", display: "Patient")
    static let domainResource = AuditCoding(system: hl7 + "object-role", code: "4", display: "Domain Resource")
    static let query = AuditCoding(system: hl7 + "object-role", code: "24", display: "Query")
    static let requestID = AuditCoding(
        system: "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", code: "XrequestId", display: nil)

    static func dicom(_ code: String, _ display: String) -> AuditCoding {
        AuditCoding(system: "http://dicom.nema.org/resources/ontology/DCM", code: code, display: display)
    }

    static func resource(_ type: String) -> AuditCoding {
        AuditCoding(system: "http://hl7.org/fhir/resource-types", code: type, display: nil)
    }

    static func interaction(_ code: String) -> AuditCoding {
        AuditCoding(system: "http://hl7.org/fhir/restful-interaction", code: code, display: nil)
    }

    static func purpose(_ code: String) -> AuditCoding {
        AuditCoding(system: hl7 + "v3-ActReason", code: code, display: nil)
    }
}
