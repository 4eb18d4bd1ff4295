internal import Base
package import FHIR
internal import FHIRPath

/// R4's invariants, bindings and reference targets, made ready for a type when it is first met. One for all threads.
package final class ValidationRules: @unchecked Sendable {
    // Safe to share: `ready` is only touched under the lock, the rest never changes.

    private struct InvariantRow {
        var key: Substring
        var isError: Bool
        var expression: Substring
        var human: Substring
    }

    private struct Rows {
        var invariants: [InvariantRow] = []
        var bindings: [ValueSetBinding] = []
    }

    package let definitions: Definitions
    private let rows: [Substring: [Substring: Rows]]
    private let lock = Lock()
    private var ready: [TypeID: TypeRules] = [:]

    /// Reads the table that is part of the program.
    /// - Throws: `ValidationError.badRules` if the table is not as expected.
    package init(_ definitions: Definitions) throws(ValidationError) {
        self.definitions = definitions
        let bytes = UnsafeRawBufferPointer(start: rulesTable.utf8Start, count: rulesTable.utf8CodeUnitCount)
        let table = String(decoding: bytes, as: UTF8.self)
        var rows: [Substring: [Substring: Rows]] = [:]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count > 4, definitions.type(named: String(fields[1])) != nil else {
                throw ValidationError(code: .badRules, detail: "a rule of no known type: \(line.prefix(80))")
            }
            switch fields[0] {
            case "I" where fields.count == 7:
                rows[fields[1], default: [:]][fields[2], default: Rows()].invariants.append(
                    InvariantRow(key: fields[3], isError: fields[4] == "e", expression: fields[5], human: fields[6]))
            case "V":
                let strength: BindingStrength =
                    switch fields[3] {
                    case "r": .required
                    case "e": .extensible
                    case "m": .maximum
                    default: .preferred
                    }
                rows[fields[1], default: [:]][fields[2], default: Rows()].bindings.append(
                    ValueSetBinding(strength: strength, valueSet: String(fields[4])))
            default:
                throw ValidationError(code: .badRules, detail: "a rule of an unknown kind: \(line.prefix(80))")
            }
        }
        self.rows = rows
    }

    /// The rules of a type, those of its bases included.
    func rules(of type: TypeID) -> TypeRules {
        if let known = lock.withLock({ ready[type] }) { return known }
        let made = make(type)
        return lock.withLock {
            if let known = ready[type] { return known }
            ready[type] = made
            return made
        }
    }

    /// Every invariant of the table that cannot be compiled, for the tests: type, key and why.
    package func uncompilable() -> [String] {
        var failed: [String] = []
        for (name, elements) in rows {
            guard let type = definitions.type(named: String(name)) else { continue }
            for (element, row) in elements {
                for invariant in row.invariants {
                    do throws(PathError) {
                        _ = try compile(invariant, on: roots(of: element, in: type))
                    } catch {
                        failed.append("\(name) \(invariant.key): \(error)")
                    }
                }
            }
        }
        return failed.sorted()
    }

    private func make(_ type: TypeID) -> TypeRules {
        var chain: [TypeFacts] = []
        var next: TypeID? = type
        while let current = next {
            chain.insert(definitions[current], at: 0)
            next = definitions[current].base
        }
        var own: [Invariant] = []
        for facts in chain {
            own += compiled(rows[Substring(facts.name)]?[""]?.invariants ?? [], on: [type])
        }
        let elements = definitions[type].elements.map { element -> ElementRules? in
            var invariants: [Invariant] = []
            var bindings: [ValueSetBinding] = []
            let name = Substring(element.choice.map { $0 + "[x]" } ?? element.name)
            for facts in chain {
                guard let row = rows[Substring(facts.name)]?[name] else { continue }
                invariants += compiled(row.invariants, on: [element.type])
                bindings += row.bindings
            }
            let isOpen = element.targets.contains { definitions[$0].name == "Resource" }
            let targets = isOpen ? [] : element.targets
            guard !(invariants.isEmpty && bindings.isEmpty && targets.isEmpty) else { return nil }
            return ElementRules(invariants: invariants, bindings: bindings, targets: targets)
        }
        return TypeRules(invariants: own, elements: elements)
    }

    private func roots(of element: Substring, in type: TypeID) -> [TypeID] {
        guard !element.isEmpty else { return [type] }
        let name = element.hasSuffix("[x]") ? String(element.dropLast(3)) : String(element)
        return definitions[type].elements.filter { $0.baseName == name }.map(\.type)
    }

    /// An invariant that does not fit one type of a choice is left out there: its path can give nothing.
    private func compiled(_ rows: [InvariantRow], on roots: [TypeID]) -> [Invariant] {
        rows.compactMap { row in
            guard let expression = try? compile(row, on: roots) else { return nil }
            return Invariant(
                key: String(row.key), isError: row.isError, human: String(row.human), expression: expression)
        }
    }

    private func compile(_ row: InvariantRow, on roots: [TypeID]) throws(PathError) -> PathExpression {
        try PathExpression.compile(String(row.expression), onAnyOf: roots, definitions: definitions)
    }
}
