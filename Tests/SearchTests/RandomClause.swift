import Base
import FHIR
import Search

/// Makes clauses out of the values of a resource, so that most of them find something.
struct RandomClause {
    var random: SeededRandom

    /// A name and a value for a parameter.
    /// `entries` are the parameter's, of some resource.
    mutating func make(_ parameter: PlannedParameter, _ entries: [IndexEntry]) -> (name: String, value: String)? {
        if Int.random(in: 0..<12, using: &random) == 0 {
            return (parameter.code + ":missing", Bool.random(using: &random) ? "true" : "false")
        }
        guard let entry = entries.randomElement(using: &random) else { return nil }
        if parameter.composite != nil {
            return composite(parameter, entries.filter { $0.group == entry.group }).map { (parameter.code, $0) }
        }
        guard let (modifier, value) = value(entry) else { return nil }
        let second = entries.randomElement(using: &random).flatMap { self.value($0) }
        if let second, second.modifier == modifier, Int.random(in: 0..<4, using: &random) == 0 {
            return (parameter.code + modifier, value + "," + second.value)
        }
        return (parameter.code + modifier, value)
    }

    private mutating func composite(_ parameter: PlannedParameter, _ entries: [IndexEntry]) -> String? {
        var parts: [String] = []
        for place in parameter.components.indices {
            let own = entries.filter { Int($0.component) == place + 1 && $0.kind != .text }
            guard let entry = own.randomElement(using: &random) else { return nil }
            var made = value(entry)
            for _ in 0..<20 where made?.modifier != "" { made = value(entry) }
            guard let made, made.modifier.isEmpty else { return nil }
            parts.append(made.value)
        }
        return parts.joined(separator: "$")
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if "\\,|$".unicodeScalars.contains(character) { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result
    }

    private mutating func pick(_ choices: [String]) -> String {
        choices.randomElement(using: &random) ?? ""
    }

    private mutating func value(_ entry: IndexEntry) -> (modifier: String, value: String)? {
        let (first, second) = (escaped(entry.first.text), escaped(entry.second.text))
        switch entry.kind {
        case .token:
            let system = entry.first.isEmpty ? pick(["http://hl7.org/fhir/administrative-gender", "urn:none"]) : first
            let forms = [second, "\(system)|\(second)", "|\(second)", "\(system)|", "urn:other|\(second)"]
            return (pick(["", "", "", ":not"]), pick(forms))
        case .text: return (":text", escaped(part(of: entry.second.text, fromStart: true)))
        case .identifierType: return (":of-type", "\(first)|\(second)|\(escaped(entry.third.text))")
        case .string:
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return (":exact", escaped(pick([entry.second.text, entry.second.text.uppercased()])))
            case 1: return (":contains", escaped(part(of: entry.second.text, fromStart: false)))
            default: return ("", escaped(part(of: entry.second.text, fromStart: true)))
            }
        case .date: return ("", date(entry))
        case .number: return number(entry).map { ("", $0) }
        case .quantity:
            guard let number = number(entry) else { return nil }
            let (system, code, unit) = (
                escaped(entry.third.text), escaped(entry.fourth.text), escaped(entry.fifth.text)
            )
            return (
                "",
                number + pick(["", "|\(system)|\(code)", "||\(code)", "||\(unit)", "|\(system)|", "|urn:x|\(code)"])
            )
        case .reference: return reference(entry)
        case .referenceIdentifier:
            return (":identifier", pick([second, "\(first)|\(second)", "\(first)|", "|\(second)"]))
        case .uri: return ("", pick([second, second + "x"]))
        case .position:
            let distance = Double.random(in: 0...2_000, using: &random)
            return ("", "\(Double(entry.low) / 1e7 + 1)|\(Double(entry.high) / 1e7)|\(distance)|km")
        case .present, .narrative, .content: return nil
        }
    }

    private mutating func part(of text: String, fromStart: Bool) -> String {
        let scalars = Array(text.unicodeScalars)
        let start = fromStart ? 0 : Int.random(in: 0..<max(1, scalars.count), using: &random)
        let count = Int.random(in: 1...14, using: &random)
        var part = String.UnicodeScalarView()
        part.append(contentsOf: scalars[start..<min(scalars.count, start + count)])
        return String(part)
    }

    private mutating func reference(_ entry: IndexEntry) -> (modifier: String, value: String) {
        let (type, id, whole) = (entry.first.text, entry.second.text, escaped(entry.third.text))
        guard entry.isBare else { return ("", whole) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return ("", id)
        case 1: return (":\(type)", id)
        case 2: return ("", "https://own.example/fhir/\(whole)")
        case 3: return ("", pick(["Device", "Patient", "Group"]) + "/" + id)
        default: return ("", whole)
        }
    }

    private mutating func date(_ entry: IndexEntry) -> String {
        let ends = [entry.low, entry.high].filter { $0 != .min && $0 != .max }
        let shifts: [Int64] = [0, 0, 0, 1_000_000, -86_400_000_000, 40 * 86_400_000_000, -4_000 * 86_400_000_000]
        let moment = (ends.randomElement(using: &random) ?? 0) + (shifts.randomElement(using: &random) ?? 0)
        let date = CalendarDate(daysSinceEpoch: DateBucket.day(of: moment))
        func padded(_ number: Int, _ count: Int) -> String {
            String(repeating: "0", count: max(0, count - String(number).count)) + String(number)
        }
        let seconds = Int((moment - Int64(date.daysSinceEpoch) * 86_400_000_000) / 1_000_000)
        let day = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        let minute = "\(day)T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2))"
        let text = pick([
            padded(date.year, 4), String(day.prefix(7)), day, minute, "\(minute):\(padded(seconds % 60, 2))Z",
        ])
        return pick(["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]) + text
    }

    private mutating func number(_ entry: IndexEntry) -> String? {
        let text = entry.first.isEmpty ? entry.second.text : entry.first.text
        let variants = [
            text, text, text + (text.contains(".") ? "0" : ".0"), String(text.prefix(2)), "-" + text, text + "e1",
        ]
        let number = pick(variants)
        guard DecimalBound(number) != nil else { return nil }
        return pick(["", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]) + number
    }
}
