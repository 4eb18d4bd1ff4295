internal import Access
internal import Base
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Terminology

/// `$expand`, `$validate-code`, `$lookup` and `$subsumes`: by GET with parameters, or by POST with a Parameters
/// resource; on a type, or on a stored resource.
/// - Source: FHIR R4 terminology service, https://hl7.org/fhir/R4/terminology-service.html
extension FHIRAPI {
    static let terminologyRoutes: [FHIRRoute] = {
        let operations: [(path: String, summary: String, known: Set<String>, body: FHIRRoute.Body)] = [
            ("/ValueSet/$expand", "The codes of a value set", expandParameters, { try $0.serveExpand($1, $2) }),
            (
                "/ValueSet/{id}/$expand", "The codes of a stored value set", expandParameters,
                { try $0.serveExpand($1, $2) }
            ),
            (
                "/ValueSet/$validate-code", "Whether a code is in a value set", validateSetParameters,
                { try $0.serveValidateCode($1, $2) }
            ),
            (
                "/ValueSet/{id}/$validate-code", "Whether a code is in a stored value set", validateSetParameters,
                { try $0.serveValidateCode($1, $2) }
            ),
            (
                "/CodeSystem/$validate-code", "Whether a code is one of a code system's", validateSystemParameters,
                { try $0.serveValidateSystemCode($1, $2) }
            ),
            (
                "/CodeSystem/{id}/$validate-code", "Whether a code is one of a stored code system's",
                validateSystemParameters,
                { try $0.serveValidateSystemCode($1, $2) }
            ),
            ("/CodeSystem/$lookup", "What is known of a code", lookupParameters, { try $0.serveLookup($1, $2) }),
            (
                "/CodeSystem/$subsumes", "How two codes stand to each other", subsumesParameters,
                { try $0.serveSubsumes($1, $2) }
            ),
            (
                "/CodeSystem/{id}/$subsumes", "How two codes of a stored code system stand to each other",
                subsumesParameters,
                { try $0.serveSubsumes($1, $2) }
            ),
        ]
        return operations.flatMap { operation in
            let parts = operation.path.split(separator: "/").map(String.init)
            let (type, name) = (parts[0], String(parts[parts.count - 1].dropFirst()))
            let served = FHIRRoute.Served.operation(
                name, definition: "http://hl7.org/fhir/OperationDefinition/\(type)-\(name)", type: type)
            let inQuery = operation.known.subtracting(bodyParameters).sorted()
            return [HTTPMethod.get, .post].map { method in
                FHIRRoute(
                    method, operation.path, operation.summary, [served], needs: .records(.read, type: type),
                    takes: method == .get ? inQuery : [],
                    operation.body)
            }
        }
    }()

    /// Has an operation answered by a worker.
    /// - Parameters:
    ///   - known: the parameters of the operation.
    ///   - body: writes the answer.
    private func operate(
        _ call: Call, _ reply: Reply, known: Set<String>,
        _ body: @escaping @Sendable (Terminology, TerminologyParameters, ByteWriter) throws -> Void
    ) throws {
        if call.request.method == .post { try ContentNegotiation.checkBody(call.request) }
        hand(call, reply, to: readers) { [self] bench in
            let call = try call.decoded(bench)
            let terminology = try terminologies.terminology(call.scope)
            let writer = ByteWriter(capacity: 4096)
            guard call.request.method == .post else {
                try body(terminology, TerminologyParameters(call.request, body: nil, known: known), writer)
                return .fhir(body: writer)
            }
            guard call.request.body.count <= options.resourceBytesMax else {
                throw FHIRAPIError(.tooLarge, .tooLong, "A body may have at most \(options.resourceBytesMax) bytes.")
            }
            let document = try JSONDocument(call.request.body, depthMax: 256)
            try document.withRoot { root in
                try body(terminology, TerminologyParameters(call.request, body: root, known: known), writer)
            }
            return .fhir(body: writer)
        }
    }

    @Sendable private func serveExpand(_ call: Call, _ reply: Reply) throws {
        try operate(call, reply, known: Self.expandParameters) { [self] terminology, given, writer in
            var request = ExpansionRequest(try valueSet(call, given))
            request.filter = try given.text("filter")
            request.offset = try given.count("offset")
            request.count = try given.count("count")
            request.includesDesignations = try given.bool("includeDesignations") ?? given.has("designation")
            request.designations = try given.texts("designation")
            request.includesDefinition = try given.bool("includeDefinition") ?? false
            request.activeOnly = try given.bool("activeOnly") ?? false
            request.excludesNested = try given.bool("excludeNested") ?? false
            request.excludesAbstract = try given.bool("excludeNotForUI") ?? false
            // Nothing is put together from several codes here.
            _ = try given.bool("excludePostCoordinated")
            request.languages = try given.text("displayLanguage").map { LanguagePreference($0) } ?? .none
            request.excludedSystems = try given.texts("exclude-system")
            request.versions.defaults = try given.versions("system-version")
            request.versions.checked = try given.versions("check-system-version")
            request.versions.forced = try given.versions("force-system-version")
            let result = try terminology.expand(request)
            result.write(timestamp: timestamp, to: writer)
        }
    }

    @Sendable private func serveValidateCode(_ call: Call, _ reply: Reply) throws {
        try operate(call, reply, known: Self.validateSetParameters) { [self] terminology, given, writer in
            let target = ValidationRequest.Target.valueSet(try valueSet(call, given))
            var request = ValidationRequest(target, try codings(given, system: given.text("system")))
            request.infersSystem = try given.bool("inferSystem") ?? true
            try validate(request, terminology, given, writer)
        }
    }

    @Sendable private func serveValidateSystemCode(_ call: Call, _ reply: Reply) throws {
        try operate(call, reply, known: Self.validateSystemParameters) { [self] terminology, given, writer in
            let model = try codeSystem(call, given)
            let request = ValidationRequest(
                .codeSystem(model), try codings(given, system: model?.url ?? given.text("url")))
            try validate(request, terminology, given, writer)
        }
    }

    private func validate(
        _ request: ValidationRequest, _ terminology: Terminology, _ given: TerminologyParameters, _ writer: ByteWriter
    ) throws {
        var request = request
        request.allowsAbstract = try given.bool("abstract")
        request.languages = try given.text("displayLanguage").map { LanguagePreference($0) } ?? .none
        try terminology.validateCode(request).write(to: writer)
    }

    @Sendable private func serveLookup(_ call: Call, _ reply: Reply) throws {
        try operate(call, reply, known: Self.lookupParameters) { terminology, given, writer in
            let coding = try given.coding("coding")
            guard let code = try coding?.code ?? given.text("code") else {
                throw TerminologyParameters.error("code", "is missing")
            }
            guard let system = try coding?.system ?? given.text("system") else {
                throw TerminologyParameters.error("system", "is missing")
            }
            let canonical = Canonical(url: system, version: try coding?.version ?? given.text("version"))
            let result = try terminology.lookup(
                system: canonical.description, code: code,
                languages: given.text("displayLanguage").map { LanguagePreference($0) } ?? .none,
                properties: given.texts("property"))
            result.write(to: writer)
        }
    }

    @Sendable private func serveSubsumes(_ call: Call, _ reply: Reply) throws {
        try operate(call, reply, known: Self.subsumesParameters) { [self] terminology, given, writer in
            let (first, second) = (try given.coding("codingA"), try given.coding("codingB"))
            guard let one = try first?.code ?? given.text("codeA") else {
                throw TerminologyParameters.error("codeA", "is missing")
            }
            guard let other = try second?.code ?? given.text("codeB") else {
                throw TerminologyParameters.error("codeB", "is missing")
            }
            let named = try [first?.system, second?.system, given.text("system")].compactMap { $0 }
            if call.request.captures["id"] != nil {
                let model = try storedCodeSystem(call)
                if named.contains(where: { $0 != model.url }) {
                    throw TerminologyParameters.error("system", "is not that of the code system in the address")
                }
                try terminology.subsumes(model, one, other).write(to: writer)
                return
            }
            guard let system = named.first else { throw TerminologyParameters.error("system", "is missing") }
            guard named.allSatisfy({ $0 == system }) else {
                throw TerminologyParameters.error("codingB", "is of another system than the first")
            }
            let canonical = Canonical(url: system, version: try first?.version ?? given.text("version"))
            try terminology.subsumes(system: canonical.description, one, other).write(to: writer)
        }
    }
}
