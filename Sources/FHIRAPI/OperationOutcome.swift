internal import Base
internal import HTTP
internal import JSONTape

/// What went well or wrong, as a resource.
/// - Source: FHIR R4 OperationOutcome, https://hl7.org/fhir/R4/operationoutcome.html
struct OperationOutcome: Sendable {
    var issues: [Issue]

    func writeJSON(to writer: ByteWriter) {
        writer.write("{\"resourceType\":\"OperationOutcome\",\"issue\":[")
        for (place, issue) in issues.enumerated() {
            if place > 0 { writer.write(UInt8(ascii: ",")) }
            write(issue, to: writer)
        }
        writer.write("]}")
    }

    private func write(_ issue: Issue, to writer: ByteWriter) {
        writer.write("{\"severity\":\"")
        writer.write(issue.severity.rawValue)
        writer.write("\",\"code\":\"")
        writer.write(issue.kind.rawValue)
        writer.write("\",\"diagnostics\":")
        writeJSONString(issue.diagnostics, to: writer)
        if let location = issue.location {
            writer.write(",\"location\":[")
            writeJSONString(location, to: writer)
            writer.write("]")
        }
        if let expression = issue.expression {
            writer.write(",\"expression\":[")
            writeJSONString(expression, to: writer)
            writer.write("]")
        }
        writer.write("}")
    }

    /// The outcome as an answer.
    func response(status: HTTPStatus, headers: HTTPHeaders = [:]) -> HTTPResponse {
        let writer = ByteWriter(capacity: 512)
        writeJSON(to: writer)
        var response = HTTPResponse.fhir(status: status, body: writer)
        response.headers.merge(headers)
        return response
    }
}

extension HTTPResponse {
    /// An answer of FHIR JSON that takes over what the writer holds. What it tells may be a patient's: no cache keeps it.
    static func fhir(status: HTTPStatus = .ok, body: ByteWriter) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": fhirContentType, "Cache-Control": "no-store"],
            body: .buffer(ByteBuffer(taking: body)))
    }

    static let fhirContentType = "application/fhir+json"
}
