import Base

/// Makes searches by chance.
struct OracleGenerator {
    var random: SeededRandom

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    /// Of each type the references that lead on, with what they may point at.
    static let links: [String: [(code: String, types: [String])]] = [
        "Organization": [("partof", ["Organization"])],
        "Patient": [("general-practitioner", ["Practitioner", "Organization"]), ("organization", ["Organization"])],
        "Encounter": [
            ("subject", ["Patient"]), ("patient", ["Patient"]), ("service-provider", ["Organization"]),
            ("practitioner", ["Practitioner"]),
        ],
        "Observation": [
            ("subject", ["Patient"]), ("patient", ["Patient"]), ("encounter", ["Encounter"]),
            ("performer", ["Practitioner", "Organization"]), ("has-member", ["Observation"]),
        ],
        "List": [("item", ["Patient", "Observation"])],
    ]

    /// What a search of a type asks.
    mutating func ask(_ type: String, depth: Int = 0) -> Ask {
        let kind = Int.random(in: 0..<(depth > 2 ? 3 : 10), using: &random)
        if kind >= 7, let ask = reverse(type, depth: depth) { return ask }
        if kind >= 3, let ask = chain(type, depth: depth) { return ask }
        if depth == 0, kind == 2 { return filter(type, depth: 0) }
        return leaf(type)
    }

    private mutating func chain(_ type: String, depth: Int, isFilter: Bool = false) -> Ask? {
        guard let links = Self.links[type] else { return nil }
        let (code, types) = pick(links)
        let target = pick(types)
        // What several types have may be asked without naming one.
        if types.count > 1, Set(types) == ["Practitioner", "Organization"], chance(3) {
            return .chain(code: code, type: nil, isFilter ? whole("name") : leaf(named: "name"))
        }
        let isAlone = ["partof", "organization", "patient", "service-provider", "practitioner", "encounter"]
        let named = isAlone.contains(code) && chance(2) ? nil : target
        let inner = isFilter ? comparison(target, depth: depth + 1) : ask(target, depth: depth + 1)
        return .chain(code: code, type: named, inner)
    }

    private mutating func reverse(_ type: String, depth: Int) -> Ask? {
        let sources = OracleWorld.types.flatMap { source in
            (Self.links[source] ?? []).filter { $0.types.contains(type) }.map { (source, $0.code) }
        }
        guard !sources.isEmpty else { return nil }
        let (source, code) = pick(sources)
        return .reverse(type: source, code: code, ask(source, depth: depth + 1))
    }

    private mutating func leaf(named code: String) -> Ask {
        let word = pick(OracleWorld.words)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .leaf(code: code, modifier: ":exact", prefix: "", value: pick([word, word.lowercased()]))
        case 1:
            return .leaf(code: code, modifier: ":contains", prefix: "", value: String(word.dropFirst().prefix(3)))
        default: return .leaf(code: code, modifier: "", prefix: "", value: String(word.prefix(pick([1, 3, 4, 9]))))
        }
    }

    private mutating func day() -> String { String(OracleWorld.day(&random).prefix(pick([4, 7, 10]))) }

    private mutating func amount() -> String {
        let tenths = Int.random(in: 1...60, using: &random)
        return "\(tenths / 10).\(tenths % 10)"
    }

    private mutating func quantity() -> String {
        let unit = pick(["", "|http://unitsofmeasure.org|mg", "|http://unitsofmeasure.org|cm"])
        return unit.isEmpty ? amount() + "|http://unitsofmeasure.org|mg" : amount() + unit
    }

    /// One condition of a type.
    mutating func leaf(_ type: String) -> Ask {
        let prefixes = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"]
        if chance(8) {
            let ids = (0..<Int.random(in: 1...4, using: &random)).map { _ in OracleWorld.id(type, &random) }
            return .leaf(code: "_id", modifier: "", prefix: "", value: ids.joined(separator: ","))
        }
        if chance(8), let links = Self.links[type] {
            let (code, types) = pick(links)
            if chance(2) { return .leaf(code: code, modifier: ":missing", prefix: "", value: pick(["true", "false"])) }
            let target = pick(types)
            return .leaf(
                code: code, modifier: "", prefix: "", value: target + "/" + OracleWorld.id(target, &random))
        }
        if type == "Patient" || type == "Encounter", chance(8) {
            let code = type == "Patient" ? "organization" : "service-provider"
            return .below(code: code, name: "Organization/" + OracleWorld.id("Organization", &random))
        }
        func codes(_ code: String, _ choices: [String]) -> Ask {
            .leaf(code: code, modifier: pick(["", "", ":not"]), prefix: "", value: pick(choices))
        }
        switch type {
        case "Organization": return leaf(named: "name")
        case "Practitioner":
            return chance(2) ? leaf(named: pick(["family", "given", "name"])) : codes("gender", ["male", "other"])
        case "Patient":
            switch Int.random(in: 0..<3, using: &random) {
            case 0: return leaf(named: pick(["family", "given", "name"]))
            case 1: return codes("gender", ["male", "female", "male,female"])
            default: return .leaf(code: "birthdate", modifier: "", prefix: pick(prefixes), value: day())
            }
        case "Encounter":
            switch Int.random(in: 0..<3, using: &random) {
            case 0: return codes("status", ["planned", "finished"])
            case 1: return codes("class", ["a1", "urn:class|b2", "urn:kind|b2", "a1,c3"])
            default: return .leaf(code: "date", modifier: "", prefix: pick(prefixes), value: day())
            }
        case "Observation":
            switch Int.random(in: 0..<5, using: &random) {
            case 0: return codes("status", ["final", "amended"])
            case 1: return codes("code", ["a1", "urn:kind|b2", "urn:kind|", "b2,c3"])
            case 2: return .leaf(code: "date", modifier: "", prefix: pick(prefixes), value: day())
            case 3:
                return .parts(
                    code: pick(["a1", "urn:kind|b2"]).replacing("urn:kind|", with: ""), prefix: pick(prefixes),
                    value: quantity())
            default: return .leaf(code: "value-quantity", modifier: "", prefix: pick(prefixes), value: quantity())
            }
        default: return .leaf(code: "item", modifier: ":missing", prefix: "", value: "false")
        }
    }

    // MARK: Filters

    private mutating func filter(_ type: String, depth: Int) -> Ask {
        let parts = (0..<Int.random(in: 2...3, using: &random)).map { _ in
            depth < 2 && chance(4) ? filter(type, depth: depth + 1) : comparison(type, depth: depth)
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .all(parts)
        case 1: return .not(.any(parts))
        case 2: return .all([parts[0], .not(parts[1])])
        default: return .any(parts)
        }
    }

    private mutating func whole(_ code: String) -> Ask {
        .leaf(code: code, modifier: ":whole", prefix: pick(["eq", "ne"]), value: pick(OracleWorld.words).lowercased())
    }

    private mutating func comparison(_ type: String, depth: Int) -> Ask {
        if depth < 3, chance(3), let chain = chain(type, depth: depth, isFilter: true) { return chain }
        switch type {
        case "Organization", "Practitioner", "Patient":
            let word = pick(OracleWorld.words)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return whole("name")
            case 1: return .leaf(code: "name", modifier: ":contains", prefix: "", value: String(word.dropFirst(2)))
            case 2: return .leaf(code: "name", modifier: ":end", prefix: "", value: String(word.suffix(2)))
            default: return .leaf(code: "name", modifier: ":start", prefix: "", value: String(word.prefix(3)))
            }
        case "Encounter", "Observation":
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .leaf(code: "status", modifier: "", prefix: pick(["eq", "ne"]), value: "final")
            case 1:
                return .leaf(
                    code: "date", modifier: "", prefix: pick(["eq", "ne", "gt", "le", "po", "sa"]), value: day())
            case 2: return .leaf(code: "subject", modifier: ":missing", prefix: "", value: pick(["true", "false"]))
            default:
                let id = OracleWorld.id("Patient", &random)
                return .leaf(code: "patient", modifier: "", prefix: pick(["re"]), value: "Patient/" + id)
            }
        default: return .leaf(code: "item", modifier: ":missing", prefix: "", value: "false")
        }
    }
}
