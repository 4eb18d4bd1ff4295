import Base

/// Queries put together by chance from a few fields and types, right or wrong.
struct RandomQueries {
    private var random: SeededRandom
    private var fragments: [String] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    private static let fields: [String: [(String, String?)]] = [
        "Query": [
            ("Patient(id: \"a\")", "Patient"), ("Patient(id: \"b\")", "Patient"), ("PatientList", "Patient"),
            ("ObservationList(_count: 1)", "Observation"), ("__typename", nil), ("Patient", "Patient"),
        ],
        "Patient": [
            ("id", nil), ("gender", nil), ("active", nil), ("name", "HumanName"), ("name(_count: 1)", "HumanName"),
            ("managingOrganization", "Reference"), ("contained", "Resource"), ("text", "Narrative"), ("wrong", nil),
            ("birthDate(x: 1)", nil), ("meta", "Meta"),
        ],
        "Observation": [
            ("id", nil), ("status", nil), ("subject", "Reference"), ("valueString", nil), ("contained", "Resource"),
            ("valueQuantity", "Quantity"), ("meta", "Meta"), ("valueBoolean", nil),
        ],
        "HumanName": [("family", nil), ("given", nil), ("use", nil), ("text", nil), ("period", "Period")],
        "Period": [("start", nil), ("end", nil), ("id", nil)],
        "Quantity": [("value", nil), ("unit", nil), ("id", nil)],
        "Meta": [("versionId", nil), ("profile", nil), ("lastUpdated", nil)],
        "Narrative": [("status", nil), ("div", nil)],
        "Reference": [("reference", nil), ("display", nil), ("resource", "Resource"), ("id", nil)],
        "Resource": [("id", nil), ("meta", "Meta"), ("language", nil), ("resourceType", nil), ("gender", nil)],
        "DomainResource": [("id", nil), ("text", "Narrative"), ("contained", "Resource")],
    ]

    private static let types = ["Patient", "Observation", "Resource", "DomainResource", "HumanName"]

    mutating func next() -> String {
        fragments = []
        let body = selections("Query", depth: 0)
        var text = "query " + body
        var written = 0
        // Fragments may ask for further ones.
        while written < fragments.count, written < 6 {
            text += " " + fragments[written]
            written += 1
        }
        return text
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func selections(_ type: String, depth: Int) -> String {
        let count = Int.random(in: 1...4, using: &random)
        return "{ " + (0..<count).map { _ in selection(type, depth: depth) }.joined(separator: " ") + " }"
    }

    private mutating func condition(_ type: String) -> String {
        if ["Resource", "DomainResource"].contains(type) || chance(10) {
            return Self.types.randomElement(using: &random) ?? type
        }
        return chance(50) ? type : ["Patient", "Observation"].contains(type) ? "Resource" : type
    }

    private mutating func selection(_ type: String, depth: Int) -> String {
        if chance(20), depth < 4 {
            let condition = condition(type)
            guard chance(50) else { return "... on \(condition) " + selections(condition, depth: depth + 1) }
            let name = "F\(fragments.count)"
            let place = fragments.count
            fragments.append("")
            fragments[place] = "fragment \(name) on \(condition) " + selections(condition, depth: depth + 1)
            return "...\(name)"
        }
        let known = Self.fields[type] ?? []
        // Wrong ones stand last and come seldom.
        guard let (field, inner) = chance(4) ? known.last : known.dropLast().randomElement(using: &random) else {
            return "id"
        }
        let alias = chance(25) ? ["a: ", "b: ", "id: "].randomElement(using: &random) ?? "" : ""
        guard let inner, depth < 5 else {
            return alias + (inner == nil ? field : "__typename") + (chance(1) ? " { id }" : "")
        }
        return alias + field + (chance(2) ? "" : " " + selections(inner, depth: depth + 1))
    }
}
