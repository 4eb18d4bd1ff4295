internal import HTTP

/// Which formats are read and written: JSON, and nothing else.
/// - Source: FHIR R4 http, content types, https://hl7.org/fhir/R4/http.html#mime-type
enum ContentNegotiation {
    /// Refuses a request whose answer must not be FHIR JSON of R4.
    /// - Throws: `FHIRAPIError.notAcceptable`.
    static func checkAnswer(_ request: HTTPRequest) throws(FHIRAPIError) {
        // The files of exports have a format of their own, whatever is asked for.
        if request.captures["file"] != nil { return }
        if !request.query.isEmpty, let format = request.query["_format"] {
            guard isJSON(format: format) else {
                throw FHIRAPIError(
                    .notAcceptable, .notSupported,
                    "The format \"\(format)\" is not served. Ask for _format=json.", location: "http._format")
            }
            return
        }
        guard let accept = request.headers["accept"] else { return }
        // The usual ones, without taking them apart.
        if accept == "*/*" || accept == HTTPResponse.fhirContentType || accept == "application/json" { return }
        let takesJSON = request.accept.preferences.contains { preference in
            preference.weight > 0 && isR4(preference.range)
                && (preference.range.includes(.fhirJSON) || preference.range.includes(.json)
                    || preference.range.essence == "application/json+fhir")
        }
        guard takesJSON else {
            throw FHIRAPIError(
                .notAcceptable, .notSupported,
                "None of \"\(accept)\" is served: the answer would be application/fhir+json of FHIR 4.0.",
                location: "http.Accept")
        }
    }

    /// Refuses a body that does not say that it is FHIR JSON of R4.
    /// - Throws: `FHIRAPIError.unsupportedMediaType`.
    static func checkBody(_ request: HTTPRequest) throws(FHIRAPIError) {
        let text = request.headers["content-type"]
        if text == HTTPResponse.fhirContentType || text == "application/json" { return }
        let charset = request.contentType?.parameter("charset")?.lowercased()
        guard let type = request.contentType, isJSON(type), isR4(type), charset == nil || charset == "utf-8" else {
            let said = text.map { "\"\($0)\"" } ?? "no Content-Type"
            throw FHIRAPIError(
                .unsupportedMediaType, .notSupported,
                "The request has \(said): send application/fhir+json of FHIR 4.0 in UTF-8.",
                location: "http.Content-Type")
        }
    }

    /// A `+` in a query may have become a space.
    private static func isJSON(format: String) -> Bool {
        if format == "json" || format == "application/fhir json" || format == "text/json" { return true }
        guard let type = MediaType(format) else { return false }
        return isJSON(type) && isR4(type)
    }

    private static func isJSON(_ type: MediaType) -> Bool {
        type.type == "application" && ["json", "fhir+json", "json+fhir"].contains(type.subtype)
    }

    private static func isR4(_ type: MediaType) -> Bool {
        guard let version = type.parameter("fhirversion") else { return true }
        return version == "4.0" || version == "4.0.1"
    }
}
