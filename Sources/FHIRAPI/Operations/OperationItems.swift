internal import HTTP
internal import JSONTape

extension FHIRAPI {
    /// What an operation is given: the query's parameters, and by POST those of a form or of a Parameters resource, each
    /// with its value as it would stand in a query. The request must be decoded.
    /// - Throws: `FHIRAPIError.unsupportedMediaType`, `.invalid` where the body is neither.
    func operationItems(_ call: Call, _ bench: Workbench) throws -> [QueryParameters.Item] {
        let items = call.request.query.items
        guard call.request.method == .post, !call.request.body.isEmpty else { return items }
        if call.request.contentType?.essence == MediaType.form.essence {
            return items + (try QueryParameters(form: call.request.body).items)
        }
        try ContentNegotiation.checkBody(call.request)
        return items + (try call.request.body.withUnsafeBytes { try Self.items(of: try bench.parse($0)) })
    }

    private static func items(of root: JSONValue) throws -> [QueryParameters.Item] {
        guard root.isObject, root.member("resourceType")?.string == "Parameters" else {
            throw FHIRAPIError(.invalid, .structure, "The body must be a Parameters resource.")
        }
        guard let list = root.member("parameter") else { return [] }
        guard list.isArray else {
            throw FHIRAPIError(.invalid, .structure, "Parameters.parameter must be an array.")
        }
        return try list.elements.map { parameter in
            guard parameter.isObject, let name = parameter.member("name")?.string else {
                throw FHIRAPIError(
                    .invalid, .structure, "A parameter of the body has no name.", location: "Parameters.parameter")
            }
            guard let value = parameter.members.first(where: { $0.name.starts(with: "value".utf8) })?.value,
                let text = text(of: value)
            else { throw ExportRequest.error(name.shortened, "has no value that is understood") }
            return QueryParameters.Item(name, text)
        }
    }

    /// A primitive value, a Reference's reference, a coding or a concept's first coding as `system|code`.
    private static func text(of value: JSONValue) -> String? {
        switch value.kind {
        case .string, .number, .true, .false: return value.text
        case .object: break
        case .array, .null: return nil
        }
        if let reference = value.member("reference")?.string { return reference }
        let coding: JSONValue?
        if let list = value.member("coding") {
            coding = list.isArray ? list.elements.first { $0.isObject } : nil
        } else {
            coding = value
        }
        guard let code = coding?.member("code")?.string else { return nil }
        return (coding?.member("system")?.string).map { $0 + "|" + code } ?? code
    }
}
