internal import HTTP

/// What a client prefers of the answer. Preferences that are not known are passed over, as RFC 7240 asks.
/// - Source: RFC 7240; FHIR R4 http, https://hl7.org/fhir/R4/http.html#ops
struct Preferences: Sendable, Equatable {
    /// What a write answers.
    enum Return: String, Sendable {
        case minimal, representation
        case outcome = "OperationOutcome"
    }

    /// What a write answers; `nil` where the client does not say.
    var returns: Return?
    /// Whether what a search does not understand is passed over instead of refused.
    var isLenient = false
    /// Whether the client asks for the answer later.
    var isAsync = false

    init(_ headers: HTTPHeaders) {
        guard let text = headers.list("prefer") else { return }
        for part in text.split(whereSeparator: { $0 == "," || $0 == ";" }) {
            let pair = part.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
            if pair.count == 1, pair[0].lowercased() == "respond-async" { isAsync = true }
            guard pair.count == 2 else { continue }
            switch pair[0].lowercased() {
            case "return": returns = Return(rawValue: pair[1]) ?? returns
            case "handling": isLenient = pair[1] == "lenient"
            default: break
            }
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" || first == "\"" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" || last == "\"" { text.removeLast() }
        return String(text)
    }
}
