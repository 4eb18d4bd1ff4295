internal import HTTP
internal import JSONTape
internal import Terminology

/// What a client gives an operation on codes: the query's parameters, and those of a Parameters resource in the body.
///
/// Every parameter must be known, fit its type, and come once unless it may repeat: passing over one could answer
/// another question than the one that was asked.
struct TerminologyParameters {
    private struct Given {
        var name: String
        /// The value of a parameter of the query, or of a primitive one.
        var text: String?
        /// The parameter of a Parameters resource.
        var json: JSONValue?
    }

    private var given: [Given] = []

    /// - Parameters:
    ///   - known: the parameters of the operation.
    ///   - body: a Parameters resource; `nil` without body.
    init(_ request: HTTPRequest, body: JSONValue?, known: Set<String>) throws {
        for item in request.query.items where item.name != "_format" && item.name != "_pretty" {
            given.append(Given(name: item.name, text: item.value))
        }
        if let body { try read(body) }
        for item in given where !known.contains(item.name) {
            throw FHIRAPIError(
                .invalid, .notSupported, "The parameter \"\(item.name.shortened)\" is not known here.",
                location: "http." + item.name.shortened)
        }
    }

    private mutating func read(_ body: JSONValue) throws {
        guard body.isObject, body.member("resourceType")?.string == "Parameters" else {
            throw FHIRAPIError(.invalid, .structure, "The body must be a Parameters resource.")
        }
        guard let list = body.member("parameter") else { return }
        for parameter in list.elements {
            guard parameter.isObject, let name = parameter.member("name")?.string else {
                throw FHIRAPIError(
                    .invalid, .structure, "A parameter of the body has no name.", location: "Parameters.parameter")
            }
            given.append(Given(name: name, text: Self.primitive(of: parameter), json: parameter))
        }
        guard list.isArray else {
            throw FHIRAPIError(.invalid, .structure, "Parameters.parameter must be an array.")
        }
    }

    /// The text of a parameter's primitive value.
    private static func primitive(of parameter: JSONValue) -> String? {
        for member in parameter.members where member.name.starts(with: "value".utf8) {
            switch member.value.kind {
            case .string, .number, .true, .false: return member.value.text
            default: return nil
            }
        }
        return nil
    }

    private func one(_ name: String) throws -> Given? {
        let found = given.filter { $0.name == name }
        guard found.count <= 1 else { throw Self.error(name, "may come only once") }
        return found.first
    }

    static func error(_ name: String, _ what: String) -> FHIRAPIError {
        FHIRAPIError(.invalid, .value, "The parameter \"\(name)\" \(what).", location: "http." + name)
    }

    func has(_ name: String) -> Bool { given.contains { $0.name == name } }

    func text(_ name: String) throws -> String? {
        guard let item = try one(name) else { return nil }
        guard let text = item.text, !text.isEmpty else { throw Self.error(name, "has no value") }
        return text
    }

    func texts(_ name: String) throws -> [String] {
        try given.filter { $0.name == name }.map { item in
            guard let text = item.text, !text.isEmpty else { throw Self.error(name, "has no value") }
            return text
        }
    }

    func bool(_ name: String) throws -> Bool? {
        switch try text(name) {
        case nil: nil
        case "true": true
        case "false": false
        default: throw Self.error(name, "takes true or false")
        }
    }

    func count(_ name: String) throws -> Int? {
        guard let text = try text(name) else { return nil }
        guard let count = Int(text), count >= 0, text.utf8.count <= 10 else {
            throw Self.error(name, "takes a number from 0")
        }
        return count
    }

    /// A resource that came along.
    func resource(_ name: String) throws -> JSONValue? {
        guard let item = try one(name) else { return nil }
        guard let resource = item.json?.member("resource"), resource.isObject else {
            throw Self.error(name, "takes a resource, in a body")
        }
        return resource
    }

    /// A Coding; in a query `system|code`.
    func coding(_ name: String) throws -> CodedValue? {
        guard let item = try one(name) else { return nil }
        if let value = item.json?.member("valueCoding") { return try Self.coding(value, name) }
        guard item.json == nil, let text = item.text, let bar = text.lastIndex(of: "|") else {
            throw Self.error(name, "takes a Coding, as system|code in a query")
        }
        let system = String(text[..<bar])
        return CodedValue(system: system.isEmpty ? nil : system, code: String(text[text.index(after: bar)...]))
    }

    /// The codings of a CodeableConcept.
    func codings(_ name: String) throws -> [CodedValue]? {
        guard let item = try one(name) else { return nil }
        guard let concept = item.json?.member("valueCodeableConcept"), concept.isObject,
            let codings = concept.member("coding"), codings.isArray
        else { throw Self.error(name, "takes a CodeableConcept with codings, in a body") }
        return try codings.elements.map { try Self.coding($0, name) }
    }

    private static func coding(_ value: JSONValue, _ name: String) throws -> CodedValue {
        guard let code = value.member("code")?.string, !code.isEmpty else { throw error(name, "has no code") }
        return CodedValue(
            system: value.member("system")?.string, version: value.member("version")?.string, code: code,
            display: value.member("display")?.string)
    }

    /// Versions of code systems by URI, from values such as `http://loinc.org|2.56`.
    func versions(_ name: String) throws -> [String: String] {
        var versions: [String: String] = [:]
        for text in try texts(name) {
            let canonical = Canonical(text)
            guard let version = canonical.version else { throw Self.error(name, "takes system|version") }
            versions[canonical.url] = version
        }
        return versions
    }
}
