import Access
import Base

/// Patients, people and records of a seeded practice, with what the model knows of each: who cares for whom, who may not
/// see what. It knows nothing of how the store finds out.
struct Population {
    /// A resource as the model knows it.
    struct Record {
        var facts: RecordFacts
        var json: String
        /// What searches ask for.
        var fields: [String: String] = [:]

        var key: String { facts.reference }
    }

    static let codes = ["8867-4", "8480-6", "44249-1", "7917-8"]
    static let loinc = "http://loinc.org"
    /// Of ICD-10-CM: hypertension, depression, alcohol.
    static let diagnoses = ["I10", "F32.1", "F10.20"]
    static let icd = "http://hl7.org/fhir/sid/icd-10-cm"
    static let patientCount = 18
    static let practitionerCount = 4

    var random: SeededRandom
    /// The live resources by `Type/id`.
    var records: [String: Record] = [:]
    var teams: [String: (patient: String, members: [String], isActive: Bool)] = [:]
    var generalPractitioners: [String: [String]] = [:]
    /// By patient: the account that made its record.
    var makers: [String: String] = [:]
    var relatedPersons: [String: String] = [:]
    var roles: [String: String] = [:]
    var birthDates: [String: CalendarDate] = [:]
    var consents: [String: Restriction] = [:]
    private var nextID = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func freshID(_ prefix: String) -> String {
        nextID += 1
        return "\(prefix)\(nextID)"
    }

    static let people = (0..<practitionerCount).map { "Practitioner/d\($0)" }
    static let organizations = ["Organization/o0", "Organization/o1"]

    mutating func patientID() -> String { "p\(Int.random(in: 0..<Self.patientCount, using: &random))" }

    // MARK: Resources

    mutating func keep(
        _ type: String, _ id: String, patients: Set<String>, writer: String, body: String, codes: [CodeKey] = [],
        labels: [String] = [], references: Set<String> = [], date: CalendarDate? = nil, fields: [String: String] = [:]
    ) -> String {
        var facts = RecordFacts(type: type, id: id, patients: patients)
        facts.codes = Set(codes)
        facts.labels = Set(labels.map { CodeKey(LabelRules.labelSystem, $0) })
        facts.references = references
        facts.writer = writer
        facts.date = date
        let security = labels.map { "{\"system\":\"\(LabelRules.labelSystem)\",\"code\":\"\($0)\"}" }
        let meta = labels.isEmpty ? "" : ",\"meta\":{\"security\":[\(security.joined(separator: ","))]}"
        let json = "{\"resourceType\":\"\(type)\",\"id\":\"\(id)\"\(meta)\(body)}"
        records[type + "/" + id] = Record(facts: facts, json: json, fields: fields)
        return json
    }

    static func reference(_ name: String) -> String { "{\"reference\":\"\(name)\"}" }

    static func coding(_ system: String, _ code: String) -> String {
        "{\"coding\":[{\"system\":\"\(system)\",\"code\":\"\(code)\"}]}"
    }

    /// Practitioners, organisations and their roles.
    mutating func staff() -> [String] {
        var made: [String] = []
        for name in Self.people + Self.organizations {
            let parts = name.split(separator: "/").map(String.init)
            made.append(keep(parts[0], parts[1], patients: [], writer: "test", body: ",\"active\":true"))
        }
        let role = keep(
            "PractitionerRole", "r0", patients: [], writer: "test",
            body: ",\"practitioner\":\(Self.reference("Practitioner/d2"))")
        roles["PractitionerRole/r0"] = "Practitioner/d2"
        return made + [role]
    }

    mutating func patient(_ id: String, writer: String) -> String {
        var doctors: [String] = []
        if chance(40) { doctors.append(pick(Self.people + Self.organizations + ["PractitionerRole/r0"])) }
        generalPractitioners[id] = doctors
        let birth = CalendarDate(year: pick([1950, 1990, 2012, 2024]), month: 3, day: 7)
        birthDates[id] = birth
        let gender = pick(["female", "male"])
        if makers[id] == nil { makers[id] = writer }
        let own = doctors.map(Self.reference).joined(separator: ",")
        return keep(
            "Patient", id, patients: [id], writer: writer,
            body: ",\"gender\":\"\(gender)\",\"birthDate\":\"\(birth.year)-03-07\""
                + (doctors.isEmpty ? "" : ",\"generalPractitioner\":[\(own)]"),
            references: Set(doctors), fields: ["gender": gender])
    }

    mutating func careTeam(_ id: String) -> String {
        let patient = patientID()
        let members = [pick(Self.people + Self.organizations + ["PractitionerRole/r0"])]
        let isActive = chance(80)
        teams[id] = (patient, members, isActive)
        let participants = members.map { "{\"member\":\(Self.reference($0))}" }.joined(separator: ",")
        return keep(
            "CareTeam", id, patients: [patient], writer: "test",
            body: ",\"status\":\"\(isActive ? "active" : "inactive")\",\"subject\":"
                + Self.reference("Patient/" + patient) + ",\"participant\":[\(participants)]",
            references: Set(members + ["Patient/" + patient]))
    }

    mutating func relatedPerson(_ id: String) -> String {
        let patient = patientID()
        relatedPersons[id] = patient
        return keep(
            "RelatedPerson", id, patients: [patient], writer: "test",
            body: ",\"patient\":" + Self.reference("Patient/" + patient), references: ["Patient/" + patient])
    }

    mutating func observation(_ id: String) -> String {
        let code = pick(Self.codes)
        let category = pick(["laboratory", "vital-signs"])
        let year = pick([2014, 2020, 2025])
        var patients: Set<String> = []
        var subject = "Device/stock"
        if chance(92) {
            let patient = patientID()
            patients.insert(patient)
            subject = "Patient/" + patient
        }
        var references: Set<String> = [subject]
        var body =
            ",\"status\":\"final\",\"code\":\(Self.coding(Self.loinc, code)),\"subject\":\(Self.reference(subject))"
            + ",\"category\":[\(Self.coding("urn:category", category))],\"effectiveDateTime\":\"\(year)-05-06\""
        if chance(15) {
            let other = patientID()
            patients.insert(other)
            references.insert("Patient/" + other)
            body += ",\"performer\":[\(Self.reference("Patient/" + other))]"
        }
        let labels = chance(10) ? ["PSY"] : []
        return keep(
            "Observation", id, patients: patients, writer: pick(["test", "user/c0"]), body: body,
            codes: [CodeKey(Self.loinc, code), CodeKey("urn:category", category)], labels: labels,
            references: references, date: CalendarDate(year: year, month: 5, day: 6),
            fields: ["code": code, "category": category, "subject": subject, "date": "\(year)"])
    }

    mutating func condition(_ id: String) -> String {
        let patient = "Patient/" + patientID()
        let code = pick(Self.diagnoses)
        return keep(
            "Condition", id, patients: [String(patient.dropFirst(8))], writer: "test",
            body: ",\"subject\":\(Self.reference(patient)),\"code\":\(Self.coding(Self.icd, code))"
                + ",\"onsetDateTime\":\"2023-01-02\"",
            codes: [CodeKey(Self.icd, code)], references: [patient], date: CalendarDate(year: 2023, month: 1, day: 2),
            fields: ["code": code, "subject": patient])
    }

    /// What no compartment tells of.
    mutating func task(_ id: String) -> String {
        let patient = chance(70) ? "Patient/" + patientID() : nil
        return keep(
            "Task", id, patients: Set(patient.map { [String($0.dropFirst(8))] } ?? []), writer: "test",
            body: ",\"status\":\"requested\",\"intent\":\"order\""
                + (patient.map { ",\"for\":" + Self.reference($0) } ?? ""),
            references: Set(patient.map { [$0] } ?? []))
    }

    mutating func binary(_ id: String) -> String {
        keep("Binary", id, patients: [], writer: pick(["test", "user/c0"]), body: ",\"contentType\":\"text/plain\"")
    }
}
