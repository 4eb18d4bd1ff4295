/// Reads Prometheus' text format 0.0.4 and OpenMetrics 1.0 as strictly as their descriptions are written, by its own
/// code, so that what the writer gets wrong shows.
struct ExpositionParser {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Family: Equatable {
        var name: String
        var help: String
        var type: String
        var samples: [Sample] = []
    }

    private let isOpen: Bool
    private(set) var families: [Family] = []

    /// - Throws: `Failure` for anything that the format does not allow.
    init(_ bytes: [UInt8], isOpen: Bool) throws {
        self.isOpen = isOpen
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure(description: "no UTF-8") }
        guard text.hasSuffix("\n") else { throw Failure(description: "the last line has no end") }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        if isOpen {
            guard lines.popLast() == "# EOF" else { throw Failure(description: "no EOF") }
        }
        for line in lines { try read(line) }
        guard Set(families.map(\.name)).count == families.count else { throw Failure(description: "a family twice") }
        for family in families { try check(family) }
    }

    func family(_ name: String) -> Family? { families.first { $0.name == name } }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func read(_ line: String) throws {
        if line.hasPrefix("# ") {
            let words = line.dropFirst(2).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard words.count == 3 else { throw Failure(description: line) }
            switch words[0] {
            case "HELP":
                families.append(
                    Family(name: String(words[1]), help: try unescape(words[2], quotes: isOpen), type: ""))
            case "TYPE":
                guard let last = families.last, last.name == words[1], last.type.isEmpty, last.samples.isEmpty,
                    ["counter", "gauge", "histogram"].contains(words[2])
                else { throw Failure(description: line) }
                families[families.count - 1].type = String(words[2])
            default: throw Failure(description: line)
            }
            return
        }
        guard !families.isEmpty else { throw Failure(description: "a sample without family: " + line) }
        families[families.count - 1].samples.append(try sample(line))
    }

    private func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" }
        guard let first = name.first, !first.isNumber, name.allSatisfy(\.isASCII) else {
            throw Failure(description: line)
        }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while true {
                let label = rest.prefix { $0 != "=" }
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, rest.hasPrefix("=\"") else { throw Failure(description: line) }
                rest = rest.dropFirst(2)
                var raw = ""
                while let character = rest.popFirst(), character != "\"" {
                    raw.append(character)
                    if character == "\\" {
                        guard let next = rest.popFirst() else { throw Failure(description: line) }
                        raw.append(next)
                    }
                }
                guard labels.updateValue(try unescape(raw[...], quotes: true), forKey: String(label)) == nil else {
                    throw Failure(description: "a label twice: " + line)
                }
                if rest.first == "," {
                    rest = rest.dropFirst()
                    continue
                }
                guard rest.popFirst() == "}" else { throw Failure(description: line) }
                break
            }
        }
        guard rest.popFirst() == " ", let value = Self.number(String(rest)) else { throw Failure(description: line) }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private func unescape(_ text: Substring, quotes: Bool) throws -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "\\" else {
                guard character != "\"" || !quotes else { throw Failure(description: "a bare quote: " + text) }
                result.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\\": result.append("\\")
            case "n": result.append("\n")
            case "\"" where quotes: result.append("\"")
            default: throw Failure(description: "an unknown escape: " + text)
            }
        }
        return result
    }

    static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.isEmpty || text.contains(where: { !"0123456789.eE+-".contains($0) }) ? nil : Double(text)
        }
    }

    private func check(_ family: Family) throws {
        guard !family.type.isEmpty else { throw Failure(description: "no type: " + family.name) }
        let keys = family.samples.map {
            [$0.name] + $0.labels.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        }
        guard Set(keys).count == keys.count else { throw Failure(description: "a sample twice: " + family.name) }
        switch family.type {
        case "histogram": try checkHistogram(family)
        case "counter" where isOpen:
            guard !family.name.hasSuffix("_total"), family.samples.allSatisfy({ $0.name == family.name + "_total" })
            else { throw Failure(description: "names of " + family.name) }
        default:
            guard family.samples.allSatisfy({ $0.name == family.name }) else {
                throw Failure(description: "names of " + family.name)
            }
        }
        guard family.type == "gauge" || family.samples.allSatisfy({ $0.value >= 0 }) else {
            throw Failure(description: "a count below zero: " + family.name)
        }
    }

    /// Each series has its buckets in ascending order, none below the one before, `+Inf` last and equal to the count.
    private func checkHistogram(_ family: Family) throws {
        var open: (labels: [String: String], bound: Double, count: Double)?
        var isAfterSum = false
        for sample in family.samples {
            var labels = sample.labels
            let bound = labels.removeValue(forKey: "le").flatMap(Self.number)
            switch (sample.name, bound, open) {
            case (family.name + "_bucket", let bound?, nil):
                open = (labels, bound, sample.value)
            case (family.name + "_bucket", let bound?, let before?)
            where before.labels == labels && before.bound < bound && before.count <= sample.value && !isAfterSum:
                open = (labels, bound, sample.value)
            case (family.name + "_sum", nil, let before?) where before.labels == labels && before.bound == .infinity:
                isAfterSum = true
            case (family.name + "_count", nil, let before?)
            where before.labels == labels && before.count == sample.value && isAfterSum:
                open = nil
                isAfterSum = false
            default: throw Failure(description: "\(family.name): \(sample)")
            }
        }
        guard open == nil else { throw Failure(description: "a histogram is cut off: " + family.name) }
    }
}
