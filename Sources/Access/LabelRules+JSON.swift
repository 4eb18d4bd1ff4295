internal import Base
internal import JSONTape

/// Why a text is not a set of label rules, and where.
package struct LabelRulesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with a set of rules.
    package enum Code: Hashable, Sendable {
        /// It is no JSON.
        case malformed
        /// A member is missing, unknown, of the wrong kind, or beyond a limit.
        case invalid
    }

    package var code: Code
    package var detail: String
    /// The byte in the text.
    package var offset: Int

    package var description: String { "\(detail), at byte \(offset)" }
}

extension LabelRules {
    private static let bytesMax = 4 << 20
    private static let rulesMax = 1_000
    private static let codesMax = 100_000
    private static let textBytesMax = 1_024

    /// Reads rules: an object whose `rules` are objects with `label`, and `codes` or `belowYears`, or both. Of `codes` each
    /// is an object with `system` and `code` or `prefix`. A label without `system` is one of HL7's ActCode.
    /// - Throws: `LabelRulesError` with the place.
    package static func read(_ text: [UInt8]) throws(LabelRulesError) -> LabelRules {
        guard text.count <= bytesMax else {
            throw LabelRulesError(code: .invalid, detail: "more than \(bytesMax) bytes", offset: bytesMax)
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(text)
        } catch {
            throw LabelRulesError(code: .malformed, detail: error.explanation, offset: error.offset)
        }
        return try document.withRoot { (root) throws(LabelRulesError) in
            let members = try members(of: root, known: ["rules"])
            guard let list = members["rules"], list.isArray else { throw wrong("\"rules\" must be a list", root) }
            var rules: [LabelRule] = []
            var codes = 0
            for value in list.elements {
                let rule = try rule(value)
                codes += rule.codes.count
                guard rules.count < rulesMax, codes <= codesMax else { throw wrong("too many rules or codes", value) }
                rules.append(rule)
            }
            return LabelRules(rules)
        }
    }

    private static func rule(_ value: JSONValue) throws(LabelRulesError) -> LabelRule {
        let members = try members(of: value, known: ["label", "system", "codes", "belowYears"])
        let system = try members["system"].map(text) ?? labelSystem
        guard let label = members["label"] else { throw wrong("a rule has no \"label\"", value) }
        var rule = LabelRule(CodeKey(system, try text(label)))
        if let codes = members["codes"] {
            guard codes.isArray else { throw wrong("\"codes\" must be a list", codes) }
            for code in codes.elements { rule.codes.append(try pattern(code)) }
        }
        if let years = members["belowYears"] {
            guard years.kind == .number, let number = Int(years.text), (1...150).contains(number) else {
                throw wrong("\"belowYears\" must be a number from 1 to 150", years)
            }
            rule.belowYears = number
        }
        guard !rule.codes.isEmpty || rule.belowYears != nil else {
            throw wrong("a rule has neither \"codes\" nor \"belowYears\"", value)
        }
        return rule
    }

    private static func pattern(_ value: JSONValue) throws(LabelRulesError) -> LabelRule.Pattern {
        let members = try members(of: value, known: ["system", "code", "prefix"])
        guard let system = members["system"] else { throw wrong("a code has no \"system\"", value) }
        switch (members["code"], members["prefix"]) {
        case (let code?, nil): return LabelRule.Pattern(try text(system), try text(code))
        case (nil, let prefix?): return LabelRule.Pattern(try text(system), try text(prefix), isPrefix: true)
        default: throw wrong("a code has just one of \"code\" and \"prefix\"", value)
        }
    }

    private static func members(
        of value: JSONValue, known: Set<String>
    ) throws(LabelRulesError) -> [String: JSONValue] {
        guard value.isObject else { throw wrong("an object was expected", value) }
        var found: [String: JSONValue] = [:]
        for member in value.members {
            let name = String(decoding: member.name, as: UTF8.self)
            guard known.contains(name), found[name] == nil else {
                throw wrong("a member that is unknown or stands twice", member.value)
            }
            found[name] = member.value
        }
        return found
    }

    private static func text(_ value: JSONValue) throws(LabelRulesError) -> String {
        guard let text = value.string, !text.isEmpty, text.utf8.count <= textBytesMax else {
            throw wrong("a text of 1 to \(textBytesMax) bytes was expected", value)
        }
        return text
    }

    private static func wrong(_ detail: String, _ value: JSONValue) -> LabelRulesError {
        LabelRulesError(code: .invalid, detail: detail, offset: value.sourceOffset)
    }

    /// The rules as `read` takes them, in a form for people.
    package var json: [UInt8] {
        let writer = ByteWriter(capacity: 4_096)
        writer.write("{\"rules\": [")
        for (place, rule) in rules.enumerated() {
            writer.write(place == 0 ? "\n  {\"label\": " : ",\n  {\"label\": ")
            writeJSONString(rule.label.code, to: writer)
            if rule.label.system != Self.labelSystem {
                writer.write(", \"system\": ")
                writeJSONString(rule.label.system, to: writer)
            }
            if let years = rule.belowYears {
                writer.write(", \"belowYears\": ")
                writer.writeDecimal(years)
            }
            if !rule.codes.isEmpty {
                writer.write(", \"codes\": [")
                for (place, pattern) in rule.codes.enumerated() {
                    writer.write(place == 0 ? "\n    {\"system\": " : ",\n    {\"system\": ")
                    writeJSONString(pattern.key.system, to: writer)
                    writer.write(pattern.isPrefix ? ", \"prefix\": " : ", \"code\": ")
                    writeJSONString(pattern.key.code, to: writer)
                    writer.write("}")
                }
                writer.write("]")
            }
            writer.write("}")
        }
        writer.write("\n]}\n")
        return writer.copy()
    }
}
