import Base

/// A resource as the oracle knows it: plain values by the codes of the search parameters that find them.
struct Thing {
    enum Value: Equatable {
        case code(system: String, String)
        /// A word of lower and upper case letters, found without regard to case.
        case word(String)
        /// First and last day, as digits: of texts of one length the order is that of the time.
        case days(String, String)
        /// In hundredths of a milligram, or of a centimetre.
        case amount(Int, isMass: Bool)
        case link(String)
    }

    var type: String
    var id: String
    var values: [String: [Value]] = [:]
    /// Codes and amounts that belong together.
    var parts: [(code: String, amount: Int)] = []
    var json = ""

    var name: String { type + "/" + id }
    func links(_ code: String) -> [String] {
        (values[code] ?? []).compactMap { if case .link(let name) = $0 { name } else { nil } }
    }
}

/// Resources that point at each other, some at themselves in a circle and some at nothing.
struct OracleWorld {
    var things: [String: Thing] = [:]

    static let words = ["Anna", "Annabel", "Bert", "Berta", "Carl", "Dora", "Dorothea", "Emil"]
    static let codes = ["a1", "b2", "c3"]
    static let counts = [
        "Organization": 8, "Practitioner": 10, "Patient": 30, "Encounter": 40, "Observation": 90, "List": 6,
    ]
    static let types = ["Organization", "Practitioner", "Patient", "Encounter", "Observation", "List"]

    private static func pick<Element>(_ choices: [Element], _ random: inout SeededRandom) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }

    static func id(_ type: String, _ random: inout SeededRandom) -> String {
        // A few more than there are.
        type.prefix(2).lowercased() + "-" + String(Int.random(in: 0..<(counts[type] ?? 1) + 2, using: &random))
    }

    private static func link(_ types: [String], _ random: inout SeededRandom) -> String? {
        guard Int.random(in: 0..<6, using: &random) > 0 else { return nil }
        let type = pick(types, &random)
        return type + "/" + id(type, &random)
    }

    static func day(_ random: inout SeededRandom) -> String {
        let (month, day) = (Int.random(in: 1...9, using: &random), Int.random(in: 10...28, using: &random))
        return "20\(pick(["18", "19", "20"], &random))-0\(month)-\(day)"
    }

    /// A resource of a type with values by chance.
    static func thing(_ type: String, _ id: String, _ random: inout SeededRandom) -> Thing {
        var thing = Thing(type: type, id: id)
        var members: [String] = []
        func word(_ code: String) -> String {
            let word = pick(words, &random)
            thing.values[code, default: []].append(.word(word))
            return word
        }
        func code(_ code: String, _ choices: [String], system: String = "") -> String {
            let choice = pick(choices, &random)
            thing.values[code, default: []].append(.code(system: system, choice))
            return choice
        }
        func link(_ codes: [String], _ types: [String], _ member: (String) -> String) {
            guard let name = Self.link(types, &random) else { return }
            for code in codes where code != "patient" || name.hasPrefix("Patient/") {
                thing.values[code, default: []].append(.link(name))
            }
            members.append(member(#"{"reference":"\#(name)"}"#))
        }
        switch type {
        case "Organization":
            members.append(#""name":"\#(word("name"))""#)
            link(["partof"], ["Organization"]) { #""partOf":\#($0)"# }
        case "Practitioner":
            let (family, given) = (word("family"), word("given"))
            thing.values["name"] = [.word(family), .word(given)]
            members.append(#""name":[{"family":"\#(family)","given":["\#(given)"]}]"#)
            members.append(#""gender":"\#(code("gender", ["male", "female", "other"]))""#)
        case "Patient":
            let (family, given) = (word("family"), word("given"))
            thing.values["name"] = [.word(family), .word(given)]
            members.append(#""name":[{"family":"\#(family)","given":["\#(given)"]}]"#)
            if Bool.random(using: &random) {
                members.append(#""gender":"\#(code("gender", ["male", "female", "other"]))""#)
            }
            let day = day(&random)
            thing.values["birthdate"] = [.days(day, day)]
            members.append(#""birthDate":"\#(day)""#)
            link(["general-practitioner"], ["Practitioner", "Organization"]) { #""generalPractitioner":[\#($0)]"# }
            link(["organization"], ["Organization"]) { #""managingOrganization":\#($0)"# }
        case "Encounter":
            members.append(#""status":"\#(code("status", ["planned", "finished"]))""#)
            let kind = code("class", codes, system: "urn:class")
            members.append(#""class":{"system":"urn:class","code":"\#(kind)"}"#)
            link(["subject", "patient"], ["Patient"]) { #""subject":\#($0)"# }
            link(["service-provider"], ["Organization"]) { #""serviceProvider":\#($0)"# }
            link(["participant", "practitioner"], ["Practitioner"]) { #""participant":[{"individual":\#($0)}]"# }
            let days = [day(&random), day(&random)].sorted()
            thing.values["date"] = [.days(days[0], days[1])]
            members.append(#""period":{"start":"\#(days[0])","end":"\#(days[1])"}"#)
        case "Observation":
            members.append(#""status":"\#(code("status", ["final", "amended"]))""#)
            let kind = code("code", codes, system: "urn:kind")
            members.append(#""code":{"coding":[{"system":"urn:kind","code":"\#(kind)"}]}"#)
            link(["subject", "patient"], ["Patient", "Patient", "Patient", "Location"]) { #""subject":\#($0)"# }
            link(["encounter"], ["Encounter"]) { #""encounter":\#($0)"# }
            link(["performer"], ["Practitioner", "Organization"]) { #""performer":[\#($0)]"# }
            link(["has-member"], ["Observation"]) { #""hasMember":[\#($0)]"# }
            let day = day(&random)
            thing.values["date"] = [.days(day, day)]
            members.append(#""effectiveDateTime":"\#(day)""#)
            if Int.random(in: 0..<4, using: &random) > 0 {
                let (text, amount, isMass) = amount(&random)
                thing.values["value-quantity"] = [.amount(amount, isMass: isMass)]
                members.append(#""valueQuantity":\#(text)"#)
            }
            let parts = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                let (text, amount, _) = amount(&random, isMass: true)
                let kind = pick(codes, &random)
                thing.parts.append((kind, amount))
                return #"{"code":{"coding":[{"system":"urn:kind","code":"\#(kind)"}]},"valueQuantity":\#(text)}"#
            }
            if !parts.isEmpty { members.append(#""component":[\#(parts.joined(separator: ","))]"#) }
        default:
            members.append(#""status":"current","mode":"working""#)
            let items = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ in
                Self.link(["Patient", "Observation"], &random)
            }
            thing.values["item"] = items.map { .link($0) }
            let entries = items.map { #"{"item":{"reference":"\#($0)"}}"# }
            if !entries.isEmpty { members.append(#""entry":[\#(entries.joined(separator: ","))]"#) }
        }
        thing.json = #"{"resourceType":"\#(type)","id":"\#(id)",\#(members.joined(separator: ","))}"#
        return thing
    }

    /// An amount as a Quantity; in hundredths of a milligram or centimetre.
    private static func amount(_ random: inout SeededRandom, isMass: Bool? = nil) -> (String, Int, Bool) {
        let tenths = Int.random(in: 1...60, using: &random)
        let isMass = isMass ?? (Int.random(in: 0..<5, using: &random) > 0)
        let isGram = isMass && Int.random(in: 0..<3, using: &random) == 0
        let unit = isMass ? (isGram ? "g" : "mg") : "cm"
        let number = isGram ? "0.0\(tenths < 10 ? "0" : "")\(tenths)" : "\(tenths / 10).\(tenths % 10)"
        // A tenth of a milligram is ten hundredths; a thousandth of a gram is a hundred.
        return (
            #"{"value":\#(number),"unit":"\#(unit)","system":"http://unitsofmeasure.org","code":"\#(unit)"}"#,
            isGram ? tenths * 100 : tenths * 10, isMass
        )
    }
}
