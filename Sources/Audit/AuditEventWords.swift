/// The codes that an entry has as an AuditEvent.
struct AuditEventWords {
    var type: AuditCoding
    var subtypes: [AuditCoding] = []
    /// The pattern of IHE BALP that it follows; `nil` if none is about it.
    var profile: String?
    var agentType = AuditCoding.informationRecipient
    var serverType = AuditCoding.source

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
            (agentType, serverType) = (.source, .destination)
        case .key, .configuration:
            type = .dicom("110113", "Security Alert")
            subtypes = [.dicom("110129", "Security Configuration")]
            (agentType, serverType) = (.source, .destination)
        case .emergency:
            type = .dicom("110113", "Security Alert")
            subtypes = [.dicom("110127", "Emergency Override Started")]
            (agentType, serverType) = (.source, .destination)
        case .system:
            type = .dicom("110100", "Application Activity")
            if entry.event == "start" { subtypes = [.dicom("110120", "Application Start")] }
            if entry.event == "stop" { subtypes = [.dicom("110121", "Application Stop")] }
        }
    }

    private mutating func takeInteraction(_ entry: AuditEntry) {
        guard Self.interactions.contains(entry.event) else { return }
        subtypes = [.interaction(entry.event)]
        // The patterns of BALP know any kind of search as `search`.
        if entry.event.hasPrefix("search-") { subtypes.append(.interaction("search")) }
        if entry.action == .create || entry.action == .update {
            (agentType, serverType) = (.source, .destination)
        }
        guard entry.category != .denial else { return }
        let patient = entry.patients.isEmpty ? "" : "Patient"
        switch entry.event {
        case "read", "vread": profile = Self.patterns + patient + "Read"
        case "create": profile = Self.patterns + patient + "Create"
        case "update", "patch": profile = Self.patterns + patient + "Update"
        case "delete": profile = Self.patterns + patient + "Delete"
        case "search", "search-type", "search-system": profile = Self.patterns + patient + "Query"
        default: break
        }
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

    static func interaction(_ code: String) -> AuditCoding {
        AuditCoding(system: "http://hl7.org/fhir/restful-interaction", code: code, display: nil)
    }

    static func purpose(_ code: String) -> AuditCoding {
        AuditCoding(system: hl7 + "v3-ActReason", code: code, display: nil)
    }
}
