internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import Search

extension ResourceIndexer {
    /// What a decision needs to know of a stored version, but for what the tenant's rules say of it. A deletion has no
    /// content: whoever asks looks at the version before it.
    func facts(of stored: StoredResource) throws -> RecordFacts {
        guard let type = definitions.resourceType(named: stored.typeText) else {
            throw StoreError(code: .damaged, detail: "entry \(stored.sequence) is of the unknown type \(stored.type)")
        }
        text.removeAll()
        stored.writeJSON(to: text)
        do {
            var facts = facts(of: try parser.parse(text.bytes), type: type, id: stored.id)
            facts.writer = stored.actor
            return facts
        } catch {
            throw StoreError(code: .damaged, detail: "entry \(stored.sequence) is no JSON", cause: error)
        }
    }

    /// What a decision needs to know of a resource, but for who writes it and what the tenant's rules say of it.
    func facts(of resource: JSONValue, type: TypeID, id: String) -> RecordFacts {
        var reader = FactsReader(
            facts: RecordFacts(type: name(of: type), id: id), definitions: definitions)
        reader.read(resource)
        if type == patientType {
            reader.facts.patients = [id]
        } else if TypeRules.common.contains(reader.facts.type) {
            reader.facts.patients = []
        } else {
            let parameters = compartmentParameters(of: type)
            if parameters.isEmpty {
                // No compartment tells whom it is about: whatever it refers to may.
                reader.facts.patients = reader.patients
            } else {
                extractor.extract(resource, type: type, selection: ExtractionSelection(parameters), into: entries)
                for entry in entries.entries
                where entry.kind == .reference && bytesEqual(entry.first.bytes, "Patient")
                    && parameters.contains(where: { $0.includes(entry) })
                {
                    reader.facts.patients.insert(entry.second.text)
                }
            }
        }
        return reader.facts
    }
}

/// Gathers codings, references, labels and the date of a resource.
private struct FactsReader {
    var facts: RecordFacts
    let definitions: Definitions
    /// The ids of all patients that the resource refers to anywhere.
    var patients: Set<String> = []

    /// Where a resource says when what it tells of happened, the best first.
    private static let dates = [
        "effectiveDateTime", "effectivePeriod", "effectiveInstant", "onsetDateTime", "onsetPeriod", "performedDateTime",
        "performedPeriod", "occurrenceDateTime", "occurrencePeriod", "period", "servicedDate", "servicedPeriod",
        "whenHandedOver", "authoredOn", "authored", "date", "dateTime", "issued", "recordedDate", "started", "sent",
        "created", "recorded", "billablePeriod",
    ]

    init(facts: RecordFacts, definitions: Definitions) {
        self.facts = facts
        self.definitions = definitions
    }

    mutating func read(_ resource: JSONValue) {
        walk(resource)
        if let security = resource.member("meta")?.member("security") {
            for coding in security.elementsOrSelf {
                if let key = coding.codeKey { facts.labels.insert(key) }
            }
        }
        for name in Self.dates {
            guard let value = resource.member(named: name) else { continue }
            let text = value.isObject ? value.member("start")?.string ?? value.member("end")?.string : value.string
            if let date = text.flatMap({ CalendarDate(fhir: $0) }) {
                facts.date = date
                return
            }
        }
    }

    private mutating func walk(_ value: JSONValue) {
        if value.isArray {
            for element in value.elements where element.isObject { walk(element) }
            return
        }
        guard value.isObject else { return }
        if let key = value.codeKey { facts.codes.insert(key) }
        for member in value.members {
            if member.value.isString {
                if bytesEqual(member.name, "reference") { note(reference: member.value.utf8) }
            } else {
                walk(member.value)
            }
        }
    }

    private mutating func note(reference: UnsafeRawBufferPointer) {
        let text = ReferenceText(reference, definitions: definitions)
        guard text.form == .relative || text.form == .absolute else { return }
        let type = text.type.text
        let id = text.id.text
        if type == "Patient" { patients.insert(id) }
        facts.references.insert(type + "/" + id)
    }
}

extension JSONValue {
    /// The system and code of a coding; `nil` if it is none.
    var codeKey: CodeKey? {
        guard let code = member("code")?.string else { return nil }
        return CodeKey(member("system")?.string ?? "", code)
    }

    /// `Type/id` of a reference's text, without version and server; `nil` if it is no literal reference.
    func target(_ definitions: Definitions) -> String? {
        guard let reference = member("reference"), reference.isString else { return nil }
        let text = ReferenceText(reference.utf8, definitions: definitions)
        guard text.form == .relative || text.form == .absolute else { return nil }
        return text.type.text + "/" + text.id.text
    }
}

extension CalendarDate {
    /// The first day that a FHIR date or time means; `nil` if it is none.
    init?(fhir text: String) {
        let parts = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let year = parts.first ?? nil, (1...9999).contains(year) else { return nil }
        let month = (parts.count > 1 ? parts[1] : 1) ?? 1
        guard (1...12).contains(month) else { return nil }
        let day = (parts.count > 2 ? parts[2] : 1) ?? 1
        guard (1...CalendarDate.daysInMonth(month, year: year)).contains(day) else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Whole years from this day, a birthday, to another.
    func years(to other: CalendarDate) -> Int {
        let hadBirthday = (other.month, other.day) >= (month, day)
        return other.year - year - (hadBirthday ? 0 : 1)
    }
}
