import Access
import Base

extension Population {
    /// A Consent of some patient, with what it means.
    mutating func consent(_ id: String, at now: Instant) -> String {
        let patient = patientID()
        let (provision, json) = rule(of: patient, depth: 0, now)
        let isActive = chance(90)
        if isActive {
            consents[id] = Restriction(patient: patient, consent: id, provision: provision)
        } else {
            consents[id] = nil
        }
        var codes: [CodeKey] = [CodeKey("urn:scope", "patient-privacy")]
        var references: Set<String> = ["Patient/" + patient]
        func note(_ provision: Provision) {
            codes += Array(provision.codes) + Array(provision.labels)
            references.formUnion(provision.actors.compactMap(\.reference))
            references.formUnion(provision.records.map(\.reference))
            codes += provision.types.map { CodeKey("http://hl7.org/fhir/resource-types", $0) }
            codes += provision.actors.compactMap { $0.role.map { CodeKey("urn:martlet:role", $0.rawValue) } }
            provision.exceptions.forEach(note)
        }
        note(provision)
        return keep(
            "Consent", id, patients: [patient], writer: "test",
            body: ",\"status\":\"\(isActive ? "active" : "inactive")\",\"scope\":"
                + Self.coding("urn:scope", "patient-privacy") + ",\"patient\":" + Self.reference("Patient/" + patient)
                + ",\"provision\":{\(json)}",
            codes: codes, references: references)
    }

    private mutating func rule(of patient: String, depth: Int, _ now: Instant) -> (Provision, String) {
        var made = Provision(chance(60) ? .deny : .permit)
        var parts = ["\"type\":\"\(made.effect == .deny ? "deny" : "permit")\""]
        if chance(60) {
            let name = pick(Self.people + Self.organizations + ["PractitionerRole/r0", "Patient/" + patient, "role"])
            if name == "role" {
                made.actors = [.init(role: .clinician)]
                parts.append(
                    "\"actor\":[{\"role\":\(Self.coding("urn:martlet:role", "clinician")),"
                        + "\"reference\":{\"display\":\"clinicians\"}}]")
            } else {
                made.actors = [.init(reference: name)]
                parts.append("\"actor\":[{\"role\":{\"text\":\"who\"},\"reference\":\(Self.reference(name))}]")
            }
        }
        if chance(35) {
            let type = pick(["Observation", "Condition", "Patient"])
            made.types = [type]
            parts.append("\"class\":[{\"system\":\"http://hl7.org/fhir/resource-types\",\"code\":\"\(type)\"}]")
        }
        if chance(25) {
            let code = pick(Self.codes)
            made.codes = [CodeKey(Self.loinc, code)]
            parts.append("\"code\":[\(Self.coding(Self.loinc, code))]")
        }
        if chance(25) {
            let label = pick(["PSY", "SUD", "HIV", "ADOL"])
            made.labels = [CodeKey(LabelRules.labelSystem, label)]
            parts.append("\"securityLabel\":[{\"system\":\"\(LabelRules.labelSystem)\",\"code\":\"\(label)\"}]")
        }
        if chance(15), let record = records.keys.sorted().filter({ $0.hasPrefix("Observation/") }).first {
            made.records = [.init(.instance, record)]
            parts.append("\"data\":[{\"meaning\":\"instance\",\"reference\":\(Self.reference(record))}]")
        }
        if chance(15) {
            made.dataFrom = CalendarDate(year: 2019, month: 1, day: 1)
            parts.append("\"dataPeriod\":{\"start\":\"2019-01-01\"}")
        }
        if chance(15) {
            // Either over or not yet over.
            let year = chance(50) ? 2001 : 2090
            made.until = Instant(
                microseconds: Int64(CalendarDate(year: year + 1, month: 1, day: 1).daysSinceEpoch) * 86_400_000_000 - 1)
            parts.append("\"period\":{\"end\":\"\(year)\"}")
        }
        if depth < 2, chance(30) {
            let (exception, json) = rule(of: patient, depth: depth + 1, now)
            made.exceptions = [exception]
            parts.append("\"provision\":[{\(json)}]")
        }
        return (made, parts.joined(separator: ","))
    }

    // MARK: What is expected

    /// What the model knows of a subject, for `decide`.
    func circumstances(_ subject: Subject.Facts, at now: Instant) -> Circumstances {
        var made = Circumstances(now: now)
        var names = Set(subject.organizations)
        if let user = subject.fhirUser { names.insert(user) }
        func add(_ relation: Relation, _ patient: String) { made.relations[patient, default: []].insert(relation) }
        if subject.role == .clinician {
            for (role, person) in roles where person == subject.fhirUser { names.insert(role) }
            let own = names
            for (id, team) in teams where team.isActive && !own.isDisjoint(with: team.members) {
                names.insert("CareTeam/" + id)
                add(.care, team.patient)
            }
            for (patient, doctors) in generalPractitioners where !own.isDisjoint(with: doctors) { add(.care, patient) }
            for (patient, maker) in makers where maker == subject.writer { add(.care, patient) }
            for (patient, until) in subject.emergencies where until > now { add(.emergency, patient) }
        }
        if subject.role == .patient, let user = subject.fhirUser {
            if user.hasPrefix("Patient/") { add(.own, String(user.dropFirst(8))) }
            if let patient = relatedPersons[String(user.drop { $0 != "/" }.dropFirst())] { add(.related, patient) }
        }
        made.names = names
        for restriction in consents.values { made.restrictions[restriction.patient, default: []].append(restriction) }
        return made
    }

    /// Whether the subject may do something with a record, by `decide` and what the model knows.
    func allows(
        _ subject: Subject, _ action: AccessAction, _ record: Record, _ circumstances: Circumstances,
        rules: LabelRules
    ) -> Bool {
        var facts = record.facts
        facts.labels.formUnion(rules.labels(of: facts.codes, ageYears: nil))
        let today = CalendarDate(daysSinceEpoch: Int(circumstances.now.microseconds / 86_400_000_000))
        for patient in facts.patients {
            guard let birth = birthDates[patient] else { continue }
            let date = facts.date ?? today
            let age = date.year - birth.year - ((date.month, date.day) < (birth.month, birth.day) ? 1 : 0)
            facts.labels.formUnion(rules.labels(of: [], ageYears: age))
        }
        var circumstances = circumstances
        for scope in subject.facts.scopes?.clinical ?? [] {
            guard let criteria = scope.criteria?.split(separator: "=").map(String.init) else { continue }
            if record.fields[criteria[0]] == criteria[1] { circumstances.satisfied.insert(scope) }
        }
        return decide(.subject(subject), action, facts, circumstances).isAllowed
    }
}
