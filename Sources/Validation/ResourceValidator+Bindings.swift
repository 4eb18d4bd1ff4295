internal import FHIR
internal import JSONTape
internal import Terminology

/// Codes and the value sets they are bound to.
extension ResourceValidator {
    /// Value sets that are remembered.
    private static let valueSetsMax = 4_096

    func check(_ binding: ValueSetBinding, of value: JSONValue, _ type: TypeID, rule: String? = nil) {
        let severity: ValidationFinding.Severity =
            switch binding.strength {
            case .required, .maximum: .error
            case .extensible: .warning
            case .preferred: .information
            }
        guard tells(severity), let members = members(of: binding.valueSet) else { return }
        switch membership(of: value, type, in: members) {
        case .inside, .unknown: return
        case .noCode:
            guard binding.strength == .required else { return }
            report(
                severity, .codeInvalid, at: value, rule: rule, "a code of \(binding.valueSet) is required here")
        case .outside(let code):
            let need =
                switch binding.strength {
                case .required, .maximum: "must"
                case .extensible: "should, unless none fits,"
                case .preferred: "would better"
                }
            report(
                severity, .codeInvalid, at: value, rule: rule,
                "\(code) is not in \(binding.valueSet), from which the code \(need) be taken")
        }
    }

    enum CodeMembership {
        case inside, unknown, noCode
        case outside(String)
    }

    /// Whether one of the codes of a code, text, Coding, CodeableConcept or Quantity is in a value set.
    func membership(of value: JSONValue, _ type: TypeID, in members: ValueSetMembers) -> CodeMembership {
        if value.isString {
            let result = members.contains(system: nil, code: value.utf8)
            return result.isMember ? .inside : result.isNotMember ? .outside(quoted(value)) : .unknown
        }
        guard value.isObject else { return .noCode }
        if type != names.coded { return membership(ofCoding: value, in: members) }
        guard let codings = value.member(numbered: names.coding) else { return .noCode }
        var found = CodeMembership.noCode
        for coding in codings.elements where coding.isObject {
            switch (membership(ofCoding: coding, in: members), found) {
            case (.inside, _): return .inside
            case (.unknown, _): found = .unknown
            case (.outside(let code), .noCode): found = .outside(code)
            default: break
            }
        }
        return found
    }

    private func membership(ofCoding coding: JSONValue, in members: ValueSetMembers) -> CodeMembership {
        guard let code = coding.member(numbered: names.code), code.isString else { return .noCode }
        let system = coding.member(numbered: names.system)
        guard let system, system.isString else { return .outside("a code without its system") }
        let result = members.contains(system: system.utf8, code: code.utf8)
        if result.isMember { return .inside }
        if result.isNotMember { return .outside("\(shortened(system.utf8))#\(shortened(code.utf8))") }
        return .unknown
    }

    /// A value set made ready; `nil` if it is not held or cannot be worked with.
    func members(of valueSet: String) -> ValueSetMembers? {
        if let known = valueSets[valueSet] { return known }
        guard let terminology else { return nil }
        if valueSets.count >= Self.valueSetsMax { valueSets.removeAll(keepingCapacity: true) }
        var found: ValueSetMembers?
        do throws(TerminologyError) {
            found = try terminology.members(of: valueSet)
        } catch {
            // A source that failed may answer the next time: nothing is remembered of it.
            guard error.code != .exception else {
                failure = failure ?? error.detail
                return nil
            }
        }
        valueSets[valueSet] = .some(found)
        return found
    }
}
