import Base

/// What a search asks, as the oracle understands it. It knows nothing of how searches are read or answered.
indirect enum Ask {
    case leaf(code: String, modifier: String, prefix: String, value: String)
    case chain(code: String, type: String?, Ask)
    case reverse(type: String, code: String, Ask)
    case all([Ask])
    case any([Ask])
    case not(Ask)
    /// `code$amount` of one component.
    case parts(code: String, prefix: String, value: String)
    case below(code: String, name: String)

    // MARK: Rendering

    /// The name and the value of a parameter.
    var parameter: (name: String, value: String) {
        switch self {
        case .leaf(let code, let modifier, let prefix, let value): (code + modifier, prefix + value)
        case .chain(let code, let type, let ask):
            (code + (type.map { ":" + $0 } ?? "") + "." + ask.parameter.name, ask.parameter.value)
        case .reverse(let type, let code, let ask):
            ("_has:\(type):\(code):" + ask.parameter.name, ask.parameter.value)
        case .parts(let code, let prefix, let value): ("component-code-value-quantity", code + "$" + prefix + value)
        case .below(let code, let name): (code + ":below", name)
        case .all, .any, .not: ("_filter", filter)
        }
    }

    /// What stands in a `_filter`.
    private var filter: String {
        switch self {
        case .leaf(let code, let modifier, let prefix, let value):
            if modifier == ":missing" { return "\(code) pr \(value == "true" ? "false" : "true")" }
            if modifier == ":contains" { return "\(code) co \"\(value)\"" }
            if modifier == ":start" { return "\(code) sw \(value)" }
            if modifier == ":end" { return "\(code) ew \(value)" }
            return "\(code) \(prefix.isEmpty ? "eq" : prefix) \(value)"
        case .chain(let code, let type, let ask): return code + (type.map { ":" + $0 } ?? "") + "." + ask.filter
        case .all(let asks): return "(" + asks.map(\.filter).joined(separator: " and ") + ")"
        case .any(let asks): return "(" + asks.map(\.filter).joined(separator: " or ") + ")"
        case .not(let ask): return "not (" + ask.filter + ")"
        case .reverse, .parts, .below: return ""
        }
    }

    // MARK: Evaluation

    func holds(_ thing: Thing, _ world: OracleWorld) -> Bool {
        switch self {
        case .leaf(let code, let modifier, let prefix, let value):
            return Self.leaf(thing, code, modifier, prefix, value)
        case .chain(let code, let type, let ask):
            return thing.links(code).contains { name in
                guard let other = world.things[name], type == nil || other.type == type else { return false }
                return ask.holds(other, world)
            }
        case .reverse(let type, let code, let ask):
            return world.things.values.contains { other in
                other.type == type && other.links(code).contains(thing.name) && ask.holds(other, world)
            }
        case .all(let asks): return asks.allSatisfy { $0.holds(thing, world) }
        case .any(let asks): return asks.contains { $0.holds(thing, world) }
        case .not(let ask): return !ask.holds(thing, world)
        case .parts(let code, let prefix, let value):
            return thing.parts.contains { part in
                part.code == code && Self.compare(part.amount, isMass: true, prefix, value)
            }
        case .below(let code, let name):
            return thing.links(code).contains { link in
                var seen: Set<String> = []
                var next: String? = link
                while let present = next, seen.insert(present).inserted {
                    if present == name { return true }
                    next = world.things[present]?.links("partof").first
                }
                return false
            }
        }
    }

    private static func leaf(
        _ thing: Thing, _ code: String, _ modifier: String, _ prefix: String, _ value: String
    ) -> Bool {
        if code == "_id" { return value.split(separator: ",").contains { $0 == thing.id } }
        let values = thing.values[code] ?? []
        if modifier == ":missing" { return values.isEmpty == (value == "true") }
        let isEqual = values.contains { own in
            value.split(separator: ",").contains { holds(own, modifier, prefix, String($0)) }
        }
        return modifier == ":not" ? !isEqual : isEqual
    }

    private static func holds(_ own: Thing.Value, _ modifier: String, _ prefix: String, _ value: String) -> Bool {
        switch own {
        case .code(let system, let code):
            let parts = value.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            let isSame = parts.count == 1 ? code == value : system == parts[0] && (parts[1] == "" || code == parts[1])
            return prefix == "ne" ? !isSame : isSame
        case .word(let word):
            let (own, wanted) = (word.lowercased(), value.lowercased())
            switch modifier {
            case ":exact": return word == value
            case ":contains": return own.indices.contains { own[$0...].hasPrefix(wanted) }
            case ":end": return own.hasSuffix(wanted)
            case ":whole": return (own == wanted) != (prefix == "ne")
            default: return own.hasPrefix(wanted)
            }
        case .days(let first, let last):
            let low = value + "-01-01".dropFirst(max(0, value.count - 4))
            let high = value + "-99-99".dropFirst(max(0, value.count - 4))
            let isWithin = first >= low && last <= high
            switch prefix {
            case "ne": return !isWithin
            case "gt": return last > high
            case "lt": return first < low
            case "ge": return last > high || isWithin
            case "le": return first < low || isWithin
            case "sa": return first > high
            case "eb": return last < low
            case "po": return first <= high && last >= low
            default: return isWithin
            }
        case .amount(let amount, let isMass): return compare(amount, isMass: isMass, prefix, value)
        case .link(let name): return name == value || name.hasSuffix("/" + value)
        }
    }

    /// The value has one digit behind the point: it stands for what rounds to it.
    private static func compare(_ amount: Int, isMass: Bool, _ prefix: String, _ value: String) -> Bool {
        let parts = value.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard let tenths = Int(parts[0].filter { $0 != "." }) else { return false }
        var (wanted, half) = (tenths * 10, 5)
        if parts.count > 1 {
            guard (parts[2] == "cm") != isMass else { return false }
            if parts[2] == "g" { (wanted, half) = (wanted * 1_000, half * 1_000) }
        }
        switch prefix {
        case "ne": return !(amount >= wanted - half && amount < wanted + half)
        case "gt", "sa": return amount > wanted
        case "lt", "eb": return amount < wanted
        case "ge": return amount >= wanted
        case "le": return amount <= wanted
        default: return amount >= wanted - half && amount < wanted + half
        }
    }
}
