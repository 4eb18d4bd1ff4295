internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore
internal import Search
internal import Terminology

/// What errors of lower layers are to a client. Only what the client itself sent, or what is nobody's, is told.
extension FHIRAPIError {
    static func wrapping(_ error: any Error) -> FHIRAPIError {
        switch error {
        case let error as FHIRAPIError: error
        case let error as StoreError: FHIRAPIError(error)
        case let error as SearchError: FHIRAPIError(error)
        case let error as JSONError: FHIRAPIError(error)
        case let error as TerminologyError: FHIRAPIError(error)
        case let error as HTTPError: FHIRAPIError(error)
        default: failure(error)
        }
    }

    private static func failure(_ error: any Error) -> FHIRAPIError {
        FHIRAPIError(
            .failed, .exception, "The server failed to answer this request. Try again; if it stays, ask its operator.",
            cause: error)
    }

    /// - Parameter hasCondition: whether the client itself named the version that must be there.
    init(_ error: StoreError, hasCondition: Bool = false) {
        switch error.code {
        case .conflict where hasCondition:
            self.init(
                .preconditionFailed, .conflict,
                "The resource is not in the version that the request names: read it again and repeat the change on it.",
                cause: error)
        case .conflict, .changed:
            self.init(
                .conflict, .conflict, "Another write came first: read the resource again and repeat.", cause: error)
        case .full:
            self.init(.storageFull, .noStore, "The disk is full: nothing of this write was kept.", cause: error)
        case .denied:
            self.init(.forbidden, .forbidden, "You may not write this.", cause: error)
        case .hidden: self.init(.notFound, .notFound, "There is no such resource.", cause: error)
        case .limit: self.init(.invalid, .tooCostly, error.detail, cause: error)
        case .invalid: self.init(.invalid, .invalid, error.detail, cause: error)
        case .shredded:
            self.init(
                .gone, .deleted, "The key of this patient's records was destroyed: they cannot be read any more.",
                cause: error)
        case .unavailable:
            self.init(.busy, .transient, "The store is not available now: try again later.", cause: error)
            headers = ["Retry-After": "1"]
        case .damaged:
            self.init(
                .failed, .exception,
                "The stored record is damaged and was not answered. Tell the operator of this server.", cause: error)
        }
    }

    init(_ error: SearchError) {
        let code: Code =
            switch error.code {
            case .badDefinitions: .failed
            case .reindexing: .busy
            default: .invalid
            }
        self.init(code, issues: [Issue(error)], cause: error)
        if error.code == .reindexing { headers = ["Retry-After": "5"] }
    }

    init(_ error: JSONError) {
        let isTooLarge = error.code == .tooLarge
        self.init(
            isTooLarge ? .tooLarge : .invalid, isTooLarge ? .tooLong : .invalid, "The body is no JSON: \(error).",
            cause: error)
    }

    init(_ error: HTTPError) {
        let kind: Issue.Kind
        let code: Code
        switch error.code {
        case .malformedTarget, .malformedHeader, .malformedForm: (code, kind) = (.invalid, .invalid)
        case .notFound: (code, kind) = (.notFound, .notFound)
        case .methodNotAllowed: (code, kind) = (.methodNotAllowed, .notSupported)
        case .notAcceptable: (code, kind) = (.notAcceptable, .notSupported)
        case .unsupportedMediaType: (code, kind) = (.unsupportedMediaType, .notSupported)
        case .bodyTooLarge: (code, kind) = (.tooLarge, .tooLong)
        case .targetTooLong, .headersTooLarge: (code, kind) = (.invalid, .tooLong)
        case .tooManyRequests: (code, kind) = (.throttled, .throttled)
        case .overloaded, .stopping: (code, kind) = (.busy, .transient)
        case .noAnswer, .internalFailure: (code, kind) = (.failed, .exception)
        }
        self.init(code, kind, error.detail, cause: error)
        headers = error.headers
    }

    /// What is wrong with a resource that a client sent.
    init(_ findings: [StructureFinding]) {
        self.init(.unprocessable, issues: findings.map(Issue.init))
    }
}

extension Issue {
    init(_ finding: CustomParameterFinding) {
        let kind: Issue.Kind =
            switch finding.code {
            case .required: .required
            case .value: .value
            case .notSupported: .notSupported
            case .taken: .businessRule
            }
        self.init(
            kind: kind, diagnostics: "\(finding.path): \(finding.detail).", expression: finding.path)
    }

    init(_ error: SearchError) {
        let kind: Issue.Kind =
            switch error.code {
            case .unknownParameter, .notSupported: .notSupported
            case .unknownModifier, .unknownPrefix: .invalid
            case .badValue: .value
            case .tooMany: .tooCostly
            case .badDefinitions: .exception
            case .reindexing: .transient
            }
        self.init(
            kind: kind, diagnostics: error.detail,
            location: error.parameter.isEmpty ? nil : "http." + error.parameter)
    }

    init(_ finding: StructureFinding) {
        let kind: Issue.Kind =
            switch finding.code {
            case .missing: .required
            case .badFormat, .wrongType: .value
            case .unknownCode: .codeInvalid
            case .tooMany, .tooDeep: .tooLong
            case .unknownResourceType, .unknownElement, .notAnArray, .unexpectedArray, .duplicateKey, .severalChoices,
                .empty, .misplacedNull, .notParallel:
                .structure
            }
        self.init(
            severity: finding.severity == .error ? .error : .warning, kind: kind,
            diagnostics: "\(finding.path): \(finding.message)", expression: finding.path)
    }
}
