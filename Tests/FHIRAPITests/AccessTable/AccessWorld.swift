import Access
import Base
import Foundation
import HTTP
import Testing

/// A tenant with patients in every relation to those who ask, and a second tenant with the same ids. Whatever belongs to
/// a patient holds a mark that tells whose it is and of which type, so that any answer shows what it gave away.
enum AccessWorld {
    /// What somebody is to a patient: the patient's id says it.
    static let patients = ["own", "ward", "care", "team", "shared", "held", "other", "emergency"]
    static let types = ["Patient", "Observation", "Encounter", "DocumentReference"]
    static let token = TestAPI.token

    static func mark(_ type: String, _ patient: String) -> String { "mark-\(type)-\(patient)-end" }

    /// The marks that an answer holds.
    static func marks(in text: String) -> Set<String> {
        var found: Set<String> = []
        var rest = text[...]
        while let start = rest.range(of: "mark-"), let end = rest[start.upperBound...].range(of: "-end") {
            found.insert(String(rest[start.lowerBound..<end.upperBound]))
            rest = rest[end.upperBound...]
        }
        return found
    }

    static func id(_ type: String, _ patient: String) -> String { type == "Patient" ? patient : "x-" + patient }

    static func resource(_ type: String, _ patient: String, tenant: String = "") -> String {
        let mark = mark(type, patient + tenant)
        let start = #"{"resourceType":"\#(type)","id":"\#(id(type, patient))","#
        let subject = #""subject":{"reference":"Patient/\#(patient)"}"#
        switch type {
        case "Patient":
            let doctor =
                patient == "care" || patient == "held"
                ? #","generalPractitioner":[{"reference":"Practitioner/doc"}]"# : ""
            return start + #""name":[{"family":"\#(mark)"}]\#(doctor)}"#
        case "Observation":
            return start
                + #""status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8302-2"}],"text":"\#(mark)"},"#
                + subject + "}"
        case "Encounter":
            return start
                + #""status":"finished","class":{"code":"AMB"},"reasonCode":[{"text":"\#(mark)"}],"# + subject + "}"
        default:
            return start
                + #""status":"current","description":"\#(mark)","content":[{"attachment":{"title":"t"}}],"# + subject
                + "}"
        }
    }

    static func consent(_ id: String, patient: String, _ type: String) -> String {
        #"{"resourceType":"Consent","id":"\#(id)","status":"active","patient":{"reference":"Patient/\#(patient)"},"#
            + #""scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","#
            + #""code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"#
            + #""policyRule":{"text":"x"},"provision":{"type":"\#(type)","actor":[{"role":{"text":"x"},"#
            + #""reference":{"reference":"Practitioner/doc"}}]}}"#
    }

    static var all: [String] {
        var made = [
            #"{"resourceType":"Practitioner","id":"doc"}"#, #"{"resourceType":"Practitioner","id":"else"}"#,
            #"{"resourceType":"RelatedPerson","id":"rel","active":true,"patient":{"reference":"Patient/ward"}}"#,
            #"{"resourceType":"CareTeam","id":"t","status":"active","subject":{"reference":"Patient/team"},"#
                + #""participant":[{"member":{"reference":"Practitioner/doc"}}]}"#,
            consent("c-shared", patient: "shared", "permit"), consent("c-held", patient: "held", "deny"),
            #"{"resourceType":"Group","id":"g","type":"person","actual":true,"member":["#
                + patients.map { #"{"entity":{"reference":"Patient/\#($0)"}}"# }.joined(separator: ",") + "]}",
        ]
        made += Samples.terms
        for patient in patients { made += types.map { resource($0, patient) } }
        return made
    }

    /// Who asks.
    struct Asker: Sendable, CustomTestStringConvertible {
        let name: String
        let scope: AccessScope
        /// The patients whose records may be read.
        let patients: Set<String>
        /// The types of these records that may be read.
        var types = Set(AccessWorld.types)
        /// The patients whose Observations may be changed.
        var changes: Set<String> = []
        /// The patients into whose records Observations may be written, beyond those.
        var creates: Set<String> = []

        var testDescription: String { name }

        /// Whether something of a patient's may be read.
        func mayRead(_ type: String, _ patient: String) -> Bool { types.contains(type) && patients.contains(patient) }

        /// All that this one may ever be shown.
        var marks: Set<String> {
            Set(types.flatMap { type in patients.map { AccessWorld.mark(type, $0 + tenantMark) } })
        }

        var tenantMark: String { scope.tenant == .standard ? "" : "-foreign" }
    }

    private static func asker(
        _ name: String, _ role: Role, _ user: String? = nil, scopes: String? = nil, launch: String? = nil,
        emergencies: [String] = [], tenant: TenantName = .standard, sees patients: Set<String>,
        types: Set<String> = Set(AccessWorld.types), changes: Set<String> = [], creates: Set<String> = []
    ) -> Asker {
        var facts = Subject.Facts(account: (role == .system ? "client/" : "user/") + name, role: role)
        facts.fhirUser = user
        facts.scopes = scopes.flatMap { SMARTScopes($0) }
        facts.launchPatient = launch
        for patient in emergencies { facts.emergencies[patient] = Instant(microseconds: .max) }
        let scope = AccessScope(tenant: tenant, actor: facts.account, authority: .subject(Subject(facts)))
        return Asker(name: name, scope: scope, patients: patients, types: types, changes: changes, creates: creates)
    }

    static let everybody: Set<String> = Set(patients)
    static let inCare: Set<String> = ["care", "team", "shared"]

    static let askers: [Asker] = [
        Asker(
            name: "whole", scope: AccessScope(tenant: .standard, actor: "whole"), patients: everybody,
            changes: everybody),
        asker("admin", .admin, sees: []),
        asker("auditor", .auditor, sees: []),
        asker("reporter", .reporter, sees: everybody),
        asker("doc", .clinician, "Practitioner/doc", sees: inCare, changes: inCare),
        asker(
            "doc-emergency", .clinician, "Practitioner/doc", emergencies: ["emergency", "held"],
            sees: inCare.union(["emergency", "held"]), changes: inCare.union(["emergency", "held"])),
        asker("stranger", .clinician, "Practitioner/else", sees: []),
        asker("own", .patient, "Patient/own", sees: ["own"], creates: ["own"]),
        asker("rel", .patient, "RelatedPerson/rel", sees: ["ward"], creates: ["ward"]),
        asker("system", .system, scopes: "system/*.cruds", sees: everybody, changes: everybody),
        asker("system-read", .system, scopes: "system/*.rs", sees: everybody),
        asker("system-observations", .system, scopes: "system/Observation.rs", sees: everybody, types: ["Observation"]),
        asker("app-of-patient", .patient, "Patient/own", scopes: "patient/*.rs", launch: "own", sees: ["own"]),
        asker(
            "app-of-doc", .clinician, "Practitioner/doc", scopes: "user/Observation.rs", sees: inCare,
            types: ["Observation"]),
        asker("no-scope", .system, scopes: "openid", sees: []),
        asker(
            "foreign", .clinician, "Practitioner/doc", tenant: TenantName("other") ?? .standard, sees: inCare,
            changes: inCare),
    ]
}
