package import Access
package import Base
internal import FHIR
internal import HTTP
internal import JSONTape
package import RecordStore
package import Validation

/// `$validate`: whether a resource would be taken, and what there is to say about it.
/// - Source: https://hl7.org/fhir/R4/resource-operation-validate.html
extension FHIRAPI {
    static let validateRoutes: [FHIRRoute] = {
        let served = FHIRRoute.Served.operation(
            "validate", definition: "http://hl7.org/fhir/OperationDefinition/Resource-validate")
        let body: FHIRRoute.Body = { try $0.serveValidate($1, $2) }
        let parameters = ["mode.validate", "profile"]
        return [
            FHIRRoute(
                .post, "/{type}/$validate", "Validate a resource", [served], needs: .admission, takes: parameters, body),
            FHIRRoute(
                .post, "/{type}/{id}/$validate", "Validate a change of a stored resource", [served],
                needs: .records(.read),
                takes: parameters,
                body),
            FHIRRoute(
                .get, "/{type}/{id}/$validate", "Validate a stored resource", [served], needs: .records(.read),
                takes: parameters, body),
        ]
    }()

    /// What the resource is validated for.
    private enum Purpose: String {
        case create, update, delete, profile
    }

    @Sendable private func serveValidate(_ call: Call, _ reply: Reply) throws {
        let type = try call.type()
        try call.allowOnly(["mode", "profile"])
        if call.request.body.count > 0 { try ContentNegotiation.checkBody(call.request) }
        hand(call, reply, to: readers) { [self] bench in
            let call = try call.decoded(bench)
            guard call.request.body.count <= options.resourceBytesMax else {
                throw FHIRAPIError(.tooLarge, .tooLong, "A body may have at most \(options.resourceBytesMax) bytes.")
            }
            guard call.request.body.count > 0 else { return try validateStored(call, type, nil, bench) }
            let root = try call.request.body.withUnsafeBytes { try bench.parse($0) }
            let isParameters = root.member("resourceType")?.equals("Parameters") == true
            guard isParameters, store.definitions[type].name != "Parameters" else {
                return try outcome(of: validate(root, type, call, nil, bench))
            }
            guard let resource = Self.parameter("resource", of: root)?.member("resource") else {
                return try validateStored(call, type, root, bench)
            }
            return try outcome(of: validate(resource, type, call, root, bench))
        }
    }

    private static func parameter(_ name: String, of parameters: JSONValue?) -> JSONValue? {
        parameters?.member("parameter")?.elements.first { $0.member("name")?.string == name }
    }

    /// The one text of a parameter of the query or the body.
    private func text(_ name: String, _ call: Call, _ body: JSONValue?) throws(FHIRAPIError) -> String? {
        let inQuery = call.request.query[name]
        guard let parameter = Self.parameter(name, of: body) else { return inQuery }
        guard let value = parameter.members.first(where: { $0.name.starts(with: "value".utf8) })?.value.string else {
            throw FHIRAPIError(.invalid, .value, "The parameter \"\(name)\" has no text.", location: "http." + name)
        }
        if let inQuery, inQuery != value {
            throw FHIRAPIError(
                .invalid, .value, "The parameter \"\(name)\" is given twice, differently.", location: "http." + name)
        }
        return value
    }

    private func purpose(_ call: Call, _ body: JSONValue?) throws(FHIRAPIError) -> Purpose? {
        guard let text = try text("mode", call, body) else { return nil }
        guard let purpose = Purpose(rawValue: text) else {
            throw FHIRAPIError(
                .invalid, .value,
                "The parameter \"mode\" takes create, update, delete or profile, not \"\(text.shortened)\".",
                location: "http.mode")
        }
        return purpose
    }

    private func validate(
        _ resource: JSONValue, _ type: TypeID, _ call: Call, _ parameters: JSONValue?, _ bench: Workbench
    ) throws -> [Issue] {
        let purpose = try purpose(call, parameters)
        let profile = try text("profile", call, parameters)
        if purpose == .profile, profile == nil {
            throw FHIRAPIError(
                .invalid, .required, "With the mode \"profile\" the parameter \"profile\" must say which one.",
                location: "http.profile")
        }
        let validator = try bench.validator(ValidationOptions())
        var findings: [ValidationFinding] = []
        var references: [ReferenceSite] = []
        let found = validator.validate(
            resource, profiles: profile.map { [$0] } ?? [], findings: &findings, references: &references)
        var issues = findings.map { Issue($0) }
        let name = store.definitions[type].name
        if let found, found != type {
            let other = store.definitions[found].name
            issues.append(
                Issue(
                    kind: .invalid, diagnostics: "the resource is of type \(other), but the address says \(name)",
                    expression: other))
        }
        let id = resource.member("id")?.string
        if let wanted = call.request.captures["id"], purpose != .create, let id, id != wanted {
            issues.append(
                Issue(
                    kind: .invalid, diagnostics: "the resource's id is not the one of the address",
                    expression: name + ".id"))
        }
        if purpose == .update, id == nil {
            issues.append(
                Issue(
                    kind: .required, diagnostics: "a resource must have its id to be updated", expression: name + ".id")
            )
        }
        return issues
    }

    /// Validates what is stored, or whether it can be deleted.
    private func validateStored(
        _ call: Call, _ type: TypeID, _ parameters: JSONValue?, _ bench: Workbench
    ) throws -> HTTPResponse {
        guard call.request.captures["id"] != nil else {
            throw FHIRAPIError(
                .invalid, .required, "There is nothing to validate: send a resource, or Parameters with one.")
        }
        let purpose = try purpose(call, parameters)
        let profile = try text("profile", call, parameters)
        let name = store.definitions[type].name
        guard let stored = try store.read(call.scope, type: name, id: call.id) else {
            throw FHIRAPIError(.notFound, .notFound, "There is no \(name)/\(call.id.shortened).")
        }
        guard !stored.isDeleted else {
            throw FHIRAPIError(.gone, .deleted, "\(name)/\(call.id) was deleted.")
        }
        if purpose == .delete { return outcome(of: []) }
        if purpose == .create || purpose == .update {
            throw FHIRAPIError(
                .invalid, .required, "To validate for that mode a resource must come along.", location: "http.mode")
        }
        let validator = try bench.validator(ValidationOptions())
        // The parameters lie on the workbench's own tape.
        let parser = try bench.makeParser()
        var findings: [ValidationFinding] = []
        var references: [ReferenceSite] = []
        try stored.json.withUnsafeBytes { bytes in
            _ = validator.validate(
                try parser.parse(bytes), profiles: profile.map { [$0] } ?? [], findings: &findings,
                references: &references)
        }
        return outcome(of: findings.map { Issue($0) })
    }

    /// The operation went well whatever was found: only the outcome tells.
    private func outcome(of issues: [Issue]) -> HTTPResponse {
        let none = Issue(severity: .information, kind: .informational, diagnostics: "No issues were found.")
        return OperationOutcome(issues: issues.isEmpty ? [none] : issues).response(status: .ok)
    }

    /// What makes validators for a tenant outside of requests, one a thread.
    /// - Throws: `ValidationError`, `TerminologyError` if a table of the program is damaged.
    package static func validatorMaker(
        store: RecordStore, scope: AccessScope, clock: any Clock = SystemClock()
    ) throws -> @Sendable () -> ResourceValidator {
        let terminologies = TenantTerminologies(store: store, clock: clock)
        let definitions = try TenantValidators(store: store, clock: clock, terminologies: terminologies)
            .definitions(scope)
        return { definitions.makeValidator(.write, now: clock.now()) }
    }
}
