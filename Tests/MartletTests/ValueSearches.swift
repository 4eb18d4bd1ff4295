import Base
import FHIR
import JSONTape
import Search

/// The searches that must find a resource: for each search parameter that has something of it, one for each value.
final class ValueSearches {
    /// One search, and the parameter that it shows.
    struct Search: Hashable {
        var code: String
        /// What stands behind the `?`.
        var query: String
    }

    private let plans: SearchPlans
    private let extractor: SearchExtractor
    private let entries = IndexEntryBuffer()

    init(_ plans: SearchPlans) {
        self.plans = plans
        extractor = SearchExtractor(plans: plans)
    }

    /// The searches, each once, in the order of the parameters' codes.
    func searches(of resource: JSONValue, type: TypeID) -> [Search] {
        let plan = plans.plan(for: type)
        extractor.extract(resource, type: type, selection: .everything(plan), into: entries)
        var found: [Search] = []
        var known: Set<Search> = []
        func add(_ code: String, _ conditions: [(modifier: String, value: String)]) {
            guard !conditions.isEmpty else { return }
            let query = conditions.map { "\(code)\($0.modifier)=\(Self.encoded($0.value))" }.joined(separator: "&")
            let search = Search(code: code, query: query)
            if known.insert(search).inserted { found.append(search) }
        }
        for parameter in plan.parameters.values.sorted(by: { $0.code < $1.code }) {
            let own = entries.entries.filter { entry in
                parameter.includes(entry) || (entry.component > 0 && parameter.composite == entry.path)
            }
            guard !own.isEmpty else { continue }
            if parameter.composite != nil {
                for parts in Self.composites(own, parts: parameter.components.count) {
                    add(parameter.code, [(":missing", "false")])
                    if let parts { add(parameter.code, [("", parts)]) }
                }
                continue
            }
            add(parameter.code, [(":missing", "false")])
            for entry in own {
                for conditions in Self.conditions(entry, targets: parameter.targetNames) {
                    add(parameter.code, conditions)
                }
            }
        }
        return found
    }

    /// For each group in which no part of a composite is missing a value; `nil` where a part cannot be asked for by one.
    private static func composites(_ entries: [IndexEntry], parts: Int) -> [String?] {
        let groups = Dictionary(grouping: entries, by: \.group).sorted { $0.key < $1.key }.map(\.value)
        return groups.filter { Set($0.map(\.component)).count == parts }.map { group in
            var values: [String] = []
            for part in 1...parts {
                let value = group.lazy.filter { Int($0.component) == part }.flatMap { conditions($0, targets: []) }
                    .first { $0.count == 1 && $0[0].modifier.isEmpty }?[0].value
                guard let value else { return nil }
                values.append(value)
            }
            return values.joined(separator: "$")
        }
    }

    /// Each of the searches that a value must be found by, as conditions that hold together.
    /// - Parameter targets: the types that references may point at; an id alone stands for one of these.
    private static func conditions(
        _ entry: IndexEntry, targets: [String]
    ) -> [[(modifier: String, value: String)]] {
        let (first, second) = (escaped(entry.first.text), escaped(entry.second.text))
        let (third, fourth) = (escaped(entry.third.text), escaped(entry.fourth.text))
        switch entry.kind {
        case .token:
            if entry.isBare { return [[("", second)]] }
            if entry.second.isEmpty { return [[("", "\(first)|")]] }
            return [[("", second)], [("", "\(first)|\(second)")]]
        case .text: return hasWords(entry.second.text) ? [[(":text", second)]] : []
        case .identifierType:
            return first.isEmpty || second.isEmpty || third.isEmpty
                ? [] : [[(":of-type", "\(first)|\(second)|\(third)")]]
        case .string:
            let exact = [(modifier: ":exact", value: second)]
            return hasWords(entry.second.text) ? [[("", second)], [(":contains", second)], exact] : [exact]
        case .date: return dates(entry)
        case .number: return numbers(entry, unit: "")
        case .quantity:
            let units = [
                "", fourth.isEmpty ? nil : "|\(third)|\(fourth)", fourth.isEmpty ? nil : "||\(fourth)",
                entry.fifth.isEmpty ? nil : "||\(escaped(entry.fifth.text))",
            ]
            return units.compactMap { $0 }.flatMap { numbers(entry, unit: $0) }
        case .reference:
            if third.isEmpty { return [] }
            guard entry.isBare, targets.isEmpty || targets.contains(entry.first.text) else { return [[("", third)]] }
            return [[("", third)], [("", second)], [(":\(first)", second)]]
        case .referenceIdentifier:
            return second.isEmpty ? [[(":identifier", "\(first)|")]] : [[(":identifier", "\(first)|\(second)")]]
        case .uri: return [[("", second)]]
        case .position: return [[("", "\(Double(entry.low) / 1e7)|\(Double(entry.high) / 1e7)|1|km")]]
        case .present, .narrative, .content: return []
        }
    }

    private static func hasWords(_ text: String) -> Bool { !TextNormalizer.normalize(text).isEmpty }

    private static func numbers(_ entry: IndexEntry, unit: String) -> [[(modifier: String, value: String)]] {
        let (low, high) = (entry.first.text, entry.second.text)
        if low == high { return [[("", low + unit)]] }
        let bounds = [low.isEmpty ? nil : ("", "ge\(low)\(unit)"), high.isEmpty ? nil : ("", "le\(high)\(unit)")]
        return [bounds.compactMap { $0 }]
    }

    /// The whole year, month, day, minute or second by its name, and whatever it is by its ends.
    private static func dates(_ entry: IndexEntry) -> [[(modifier: String, value: String)]] {
        var ends: [(modifier: String, value: String)] = []
        if entry.low != .min { ends.append(("", "ge" + moment(entry.low))) }
        if entry.high != .max { ends.append(("", "le" + moment(entry.high))) }
        guard entry.low != .min, entry.high != .max else { return [ends] }
        let text = moment(entry.low)
        for length in [4, 7, 10, 16, 19, 23] {
            let name = text.prefix(length) + (length > 10 ? "Z" : "")
            if let range = Array(name.utf8).withUnsafeBytes({ DateRange($0) }), range.low == entry.low,
                range.high == entry.high
            {
                return [ends, [("", String(name))]]
            }
        }
        return [ends]
    }

    /// `2015-02-07T13:28:17.000000Z`.
    private static func moment(_ microseconds: Int64) -> String {
        func padded(_ number: Int, _ count: Int) -> String {
            String(repeating: "0", count: max(0, count - String(number).count)) + String(number)
        }
        let date = CalendarDate(daysSinceEpoch: DateBucket.day(of: microseconds))
        let rest = Int(microseconds - Int64(date.daysSinceEpoch) * 86_400_000_000)
        let seconds = rest / 1_000_000
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))."
            + "\(padded(rest % 1_000_000, 6))Z"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if "\\,|$".unicodeScalars.contains(character) { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
