internal import Audit

/// What stands in the audit trail, in words for the person whose record it is about.
enum AccessWords {
    /// What was done with the record.
    static func what(_ entry: AuditEntry) -> String {
        if let words = events[entry.event] { return words }
        switch entry.category {
        case .access, .emergency: return "Looked at something in the record"
        case .change: return "Changed something in the record"
        case .denial: return "Was refused"
        case .authentication: return "Signed in or out"
        case .key: return "Did something with the record's key"
        case .configuration: return "Changed a setting"
        case .system: return "Worked on the record by itself"
        }
    }

    private static let events: [String: String] = [
        "read": "Read a part of the record", "vread": "Read an earlier version of a part of the record",
        "history-instance": "Read all versions of a part of the record",
        "history-type": "Read a list of changes that had a part of the record in it",
        "history-system": "Read a list of changes that had a part of the record in it",
        "search-type": "Searched, and found a part of the record",
        "search-system": "Searched, and found a part of the record",
        "search-compartment": "Searched the record", "graphql": "Asked for parts of the record",
        "everything": "Read the whole record", "export": "Exported records, with a part of this one",
        "lastn": "Read the latest observations", "docref": "Looked documents up",
        "create": "Added something to the record", "update": "Changed something in the record",
        "patch": "Changed something in the record", "delete": "Deleted something of the record",
        "meta-add": "Labelled a part of the record", "meta-delete": "Took a label from a part of the record",
        "transaction": "Changed several parts of the record at once", "batch": "Did several things at once",
        "validate": "Checked a part of the record for mistakes", "purge": "Erased the record for good",
        "emergency-open": "Opened the record in an emergency",
        "emergency-list": "Looked at who had opened the record in emergencies",
        "emergency-review": "Reviewed an opening of the record in an emergency",
        "access-list": "Looked at who had looked at the record",
    ]

    /// What a code of HL7's PurposeOfUse means; the code itself where it is none of the common ones.
    static func why(_ code: String) -> String { purposes[code] ?? code }

    /// - Source: HL7 v3 PurposeOfUse, https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html
    private static let purposes: [String: String] = [
        "TREAT": "treatment", "ETREAT": "treatment in an emergency", "BTG": "break the glass, in an emergency",
        "HPAYMT": "payment", "HOPERAT": "running the institution", "HRESCH": "research",
        "PATRQT": "asked for by the patient", "FAMRQT": "asked for by the family", "PUBHLTH": "public health",
        "CAREMGT": "managing care", "COVERAGE": "questions of insurance", "HLEGAL": "legal reasons",
        "HSYSADMIN": "running the system", "PATADMIN": "administration of patients", "PATSFTY": "patient safety",
        "POPHLTH": "health of the population", "CLINTRL": "a clinical trial", "HMARKT": "marketing",
    ]

    /// How it ended: `done`, `refused` or `failed`.
    static func outcome(_ entry: AuditEntry) -> String {
        switch entry.outcome {
        case .success: "done"
        case .minorFailure: "refused"
        case .seriousFailure, .majorFailure: "failed"
        }
    }
}
