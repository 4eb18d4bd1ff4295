/// Which records are of a sensitive kind: codes, beginnings of codes, or the patient's age give a record a label, besides
/// those that it carries in `meta.security`. Labels are found when something is decided, so that an edited rule holds at
/// once for all that is stored.
package struct LabelRules: Hashable, Sendable {
    /// Of HL7's ActCode, whose sensitivity codes (PSY, SUD, HIV, SEX …) are the labels of the shipped rules.
    package static let labelSystem = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

    package private(set) var rules: [LabelRule]
    private let labelsByCode: [CodeKey: Set<CodeKey>]
    private let prefixes: [String: [(prefix: String, label: CodeKey)]]
    /// The labels that records of patients below an age have, with the age in years.
    private let ofMinors: [(label: CodeKey, belowYears: Int)]

    package init(_ rules: [LabelRule]) {
        self.rules = rules
        var byCode: [CodeKey: Set<CodeKey>] = [:]
        var prefixes: [String: [(prefix: String, label: CodeKey)]] = [:]
        var ofMinors: [(label: CodeKey, belowYears: Int)] = []
        for rule in rules {
            for pattern in rule.codes {
                if pattern.isPrefix {
                    prefixes[pattern.key.system, default: []].append((pattern.key.code, rule.label))
                } else {
                    byCode[pattern.key, default: []].insert(rule.label)
                }
            }
            if let years = rule.belowYears { ofMinors.append((rule.label, years)) }
        }
        labelsByCode = byCode
        self.prefixes = prefixes
        self.ofMinors = ofMinors
    }

    /// Whether the age of the patient matters to some rule.
    package var looksAtAge: Bool { !ofMinors.isEmpty }

    /// The labels of a record.
    /// - Parameters:
    ///   - codes: every coding in it.
    ///   - ageYears: how old the patient was when it happened; `nil` if that is not known, which gives no label by age.
    package func labels(of codes: Set<CodeKey>, ageYears: Int?) -> Set<CodeKey> {
        var found: Set<CodeKey> = []
        for code in codes {
            if let labels = labelsByCode[code] { found.formUnion(labels) }
            guard let prefixes = prefixes[code.system] else { continue }
            for (prefix, label) in prefixes where code.code.hasPrefix(prefix) { found.insert(label) }
        }
        if let ageYears {
            for (label, belowYears) in ofMinors where ageYears < belowYears { found.insert(label) }
        }
        return found
    }

    package static func == (first: LabelRules, second: LabelRules) -> Bool { first.rules == second.rules }

    package func hash(into hasher: inout Hasher) { hasher.combine(rules) }
}

/// What gives records one label.
package struct LabelRule: Hashable, Sendable {
    /// A code, or how codes begin.
    package struct Pattern: Hashable, Sendable {
        package var key: CodeKey
        package var isPrefix: Bool

        package init(_ system: String, _ code: String, isPrefix: Bool = false) {
            key = CodeKey(system, code)
            self.isPrefix = isPrefix
        }
    }

    package var label: CodeKey
    package var codes: [Pattern]
    /// Records of patients younger than so many years have the label; `nil` if the age does not matter.
    package var belowYears: Int?

    package init(_ label: CodeKey, codes: [Pattern] = [], belowYears: Int? = nil) {
        self.label = label
        self.codes = codes
        self.belowYears = belowYears
    }
}
