internal import FHIR
internal import JSONTape

/// What happens once there is something to say.
extension ResourceValidator {
    /// How much of a value a message repeats, in bytes.
    private static let quotedBytesMax = 64

    func report(
        _ severity: ValidationFinding.Severity, _ code: ValidationFinding.Code, at value: JSONValue,
        child: String = "", rule: String? = nil, _ message: @autoclosure () -> String
    ) {
        guard tells(severity) else { return }
        guard !isTrial else { return trialFailed = true }
        guard findingsLeft > 0 else { return }
        findingsLeft -= 1
        findings.append(
            ValidationFinding(
                severity: severity, code: code, location: location(of: value.index) + child, nodeIndex: value.index,
                rule: rule, message: message()))
        if findingsLeft == 0, let document {
            findings.append(
                ValidationFinding(
                    severity: .error, code: .tooCostly, location: location(of: document.index),
                    nodeIndex: document.index, rule: nil, message: "more findings were left out"))
        }
    }

    /// Takes over what the check of structure found. A part that lacks something is an error here.
    func take(_ finding: StructureFinding) {
        guard let document else { return }
        let value = JSONValue(tape: document.tape, index: finding.nodeIndex)
        var child = ""
        if finding.code == .missing, let dot = finding.path.lastIndex(of: ".") {
            child = String(finding.path[dot...])
            if child.hasSuffix("[x]") { child.removeLast(3) }
        }
        report(.error, Self.code(of: finding.code), at: value, child: child, finding.message)
    }

    private static func code(of code: StructureFinding.Code) -> ValidationFinding.Code {
        switch code {
        case .missing: .required
        case .badFormat: .value
        case .unknownCode: .codeInvalid
        case .tooDeep, .tooMany: .tooCostly
        default: .structure
        }
    }

    func quoted(_ value: JSONValue) -> String {
        switch value.kind {
        case .object: "an object"
        case .array: "an array"
        case .string: "\"\(shortened(value.utf8))\""
        default: shortened(value.utf8)
        }
    }

    func shortened(_ text: UnsafeRawBufferPointer) -> String {
        guard text.count > Self.quotedBytesMax else { return String(decoding: text, as: UTF8.self) }
        return String(decoding: text[..<Self.quotedBytesMax], as: UTF8.self) + "…"
    }

    /// The way from the document's root to a place on the tape as FHIRPath, found by walking down again.
    func location(of index: Int) -> String {
        guard var current = document else { return "" }
        var type = resourceType(of: current)
        var path = type.map { definitions[$0].name } ?? "resource"
        while current.index < index, current.index + 1 < current.endIndex {
            guard let member = current.members.first(where: { index < $0.value.endIndex }) else { return path }
            let shape = type.flatMap { definitions.shape(of: $0, numbered: member.number) }
            if let shape, let type {
                let facts = definitions[type].elements[Int(shape.ordinal)]
                path += "." + facts.baseName
                // FHIRPath knows a choice by its plain name; the type tells which one it is.
                if facts.choice != nil { path += ".ofType(\(definitions[facts.type].name))" }
            } else {
                path += "." + shortened(member.name)
            }
            var value = member.value
            if value.isArray {
                guard index > value.index else { return path }
                var place = 0
                guard
                    let found = value.elements.first(where: { element in
                        if index < element.endIndex { return true }
                        place += 1
                        return false
                    })
                else { return path }
                path += "[\(place)]"
                value = found
            }
            if let shape {
                type = shape.isExtension ? names.element : shape.holdsResource ? resourceType(of: value) : shape.type
            } else {
                type = nil
            }
            current = value
        }
        return path
    }

    /// The type that a resource says it is of.
    func resourceType(of value: JSONValue) -> TypeID? {
        guard let name = value.member(numbered: names.resourceType), name.isString else { return nil }
        return definitions.resourceType(named: name.utf8)
    }
}
