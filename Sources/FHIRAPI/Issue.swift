internal import RecordStore

/// One finding of an OperationOutcome.
/// - Source: FHIR R4 OperationOutcome, https://hl7.org/fhir/R4/operationoutcome.html
struct Issue: Sendable, Equatable {
    enum Severity: String, Sendable {
        case error, warning, information
    }

    /// The codes of http://hl7.org/fhir/issue-type that are used here.
    enum Kind: String, Sendable {
        case invalid, structure, required, invariant, value, login, forbidden, processing, deleted, conflict, exception,
            transient
        case notSupported = "not-supported"
        case notFound = "not-found"
        case tooLong = "too-long"
        case tooCostly = "too-costly"
        case codeInvalid = "code-invalid"
        case noStore = "no-store"
        case multipleMatches = "multiple-matches"
        case businessRule = "business-rule"
        case throttled
        case informational
    }

    var severity: Severity = .error
    var kind: Kind
    /// What is wrong, where, and what to do: for people.
    var diagnostics: String
    /// Where in a resource, as FHIRPath; `nil` if it is not about a resource.
    var expression: String?
    /// Where in the request: `http.` and the name of a header field or parameter.
    var location: String?
}

extension Issue {
    /// A step of a search, for `_explain`: how it was made, roughly how many entries of the index were thought to be
    /// there, how many there were, and how many resources were opened.
    init(_ step: SearchPlanStep) {
        var text = "\(step.type): "
        text += step.name.isEmpty ? "the results" : step.name + (step.value.isEmpty ? "" : "=" + step.value)
        text += "; method \(step.method.rawValue)"
        if let estimate = step.estimate { text += "; estimate \(estimate)" }
        if let count = step.count { text += "; count \(count)" }
        if let opened = step.opened { text += "; opened \(opened)" }
        self.init(
            severity: .information, kind: .informational, diagnostics: text,
            location: step.name.isEmpty ? nil : "http." + step.name)
    }
}
