package import FHIR
package import JSONTape

/// Reads the elements of a SearchParameter resource that searches need.
/// - Source: FHIR R4 SearchParameter, https://hl7.org/fhir/R4/searchparameter.html
package struct CustomParameterReader {
    private let resource: JSONValue
    private let id: String
    private let definitions: Definitions
    private var findings: [CustomParameterFinding] = []

    private static let codeBytesMax = 64

    private init(_ resource: JSONValue, id: String, definitions: Definitions) {
        self.resource = resource
        self.id = id
        self.definitions = definitions
    }

    /// Reads a resource.
    /// - Parameters:
    ///   - resource: a SearchParameter, its structure checked.
    ///   - id: the id under which it is stored.
    ///   - findings: gets what is wrong.
    /// - Returns: the parameter; `nil` if something is wrong, or if it is not meant to be used: its status is not `active`.
    package static func read(
        _ resource: JSONValue, id: String, definitions: Definitions, findings: inout [CustomParameterFinding]
    ) -> CustomParameter? {
        guard resource.member("status")?.equals("active") == true else { return nil }
        var reader = CustomParameterReader(resource, id: id, definitions: definitions)
        let parameter = reader.read()
        findings += reader.findings
        return reader.findings.isEmpty ? parameter : nil
    }

    private mutating func note(_ code: CustomParameterFinding.Code, _ element: String, _ detail: String) {
        findings.append(CustomParameterFinding(code: code, path: "SearchParameter." + element, detail: detail))
    }

    private mutating func text(_ element: String) -> String? {
        guard let text = resource.member(named: element)?.string, !text.isEmpty else {
            note(.required, element, "an active SearchParameter needs it")
            return nil
        }
        return text
    }

    private mutating func read() -> CustomParameter? {
        let url = text("url")
        let code = text("code")
        if let code { check(code) }
        let kind = kind()
        let bases = types("base")
        if bases.isEmpty, resource.member("base") == nil {
            note(.required, "base", "an active SearchParameter needs it")
        }
        let targets = types("target")
        if resource.member("target") != nil, let kind, kind != .reference {
            note(.value, "target", "only a reference parameter has targets, this one is of type \(kind.rawValue)")
        }
        let usage = resource.member("xpathUsage")?.string ?? "normal"
        if usage != "normal" {
            note(.notSupported, "xpathUsage", "\"\(usage)\" is not served, only \"normal\"")
        }
        var expression: String?
        if resource.member("expression") == nil, resource.member("xpath") != nil {
            note(
                .notSupported, "xpath", "XPath is not served: give a FHIRPath expression in SearchParameter.expression")
        } else {
            expression = text("expression")
        }
        let components = components(of: kind)
        guard let url, let code, let kind, let expression else { return nil }
        return CustomParameter(
            resourceID: id, code: code, url: url, type: kind, bases: bases, expression: expression, targets: targets,
            components: components)
    }

    private mutating func check(_ code: String) {
        let isUsable = code.utf8.allSatisfy { byte in
            byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
                || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
        let startsWell = code.utf8.first.map { $0 > UInt8(ascii: "9") } ?? false
        guard isUsable, startsWell, code.utf8.count <= Self.codeBytesMax else {
            note(
                .value, "code",
                "\"\(code.prefix(80))\" cannot stand in a query: a letter can, and up to \(Self.codeBytesMax - 1) "
                    + "letters, digits, - and _ behind it")
            return
        }
    }

    private mutating func kind() -> SearchParameter.Kind? {
        guard let text = text("type") else { return nil }
        guard let kind = SearchParameter.Kind(rawValue: text), kind != .special else {
            note(.notSupported, "type", "parameters of type \"\(text)\" cannot be defined here")
            return nil
        }
        return kind
    }

    /// The resource types that an element names.
    private mutating func types(_ element: String) -> [TypeID] {
        guard let list = resource.member(named: element), list.isArray else { return [] }
        var types: [TypeID] = []
        for (place, name) in list.elements.enumerated() {
            guard let text = name.string, let type = definitions.type(named: text), definitions[type].kind == .resource
            else {
                note(.value, "\(element)[\(place)]", "\"\(name.string ?? "")\" is no resource type")
                continue
            }
            if !types.contains(type) { types.append(type) }
        }
        return types
    }

    private mutating func components(of kind: SearchParameter.Kind?) -> [CustomParameter.Component] {
        let list = resource.member("component")
        guard kind == .composite else {
            if list != nil, let kind {
                note(.value, "component", "only a composite has components, this one is of type \(kind.rawValue)")
            }
            return []
        }
        guard let list, list.isArray else {
            note(.required, "component", "a composite needs components")
            return []
        }
        var components: [CustomParameter.Component] = []
        for (place, item) in list.elements.enumerated() {
            guard let definition = item.member("definition")?.string, let expression = item.member("expression")?.string
            else {
                note(.required, "component[\(place)]", "a component needs definition and expression")
                continue
            }
            components.append(
                CustomParameter.Component(
                    definition: String(definition.prefix { $0 != "|" }), expression: expression))
        }
        if components.count > 8 { note(.value, "component", "a composite has at most 8 components here") }
        return components
    }
}
