internal import Base

/// An error for machines and people.
/// - Source: RFC 9457, Problem Details for HTTP APIs.
package struct ProblemDocument: Sendable {
    /// A URI that names the kind of problem; `about:blank` where the status says it all.
    package var type: String
    /// A short summary that is the same for every problem of the type.
    package var title: String
    package var status: HTTPStatus
    /// What is wrong this time, naming the element, line or entry at fault.
    package var detail: String
    /// A URI of this occurrence.
    package var instance: String?
    /// Further members with text values, such as the parameter at fault.
    package var extensions: [(name: String, value: String)]
    /// Further members whose values are JSON, such as numbers and lists.
    package var jsonExtensions: [(name: String, json: String)] = []

    package init(
        status: HTTPStatus, detail: String, type: String = "about:blank", title: String? = nil,
        instance: String? = nil, extensions: [(name: String, value: String)] = []
    ) {
        self.type = type
        self.title = title ?? status.reason
        self.status = status
        self.detail = detail
        self.instance = instance
        self.extensions = extensions
    }

    /// The document as JSON in UTF-8.
    package var json: [UInt8] {
        let writer = ByteWriter(capacity: 256)
        writer.write("{\"type\":")
        writeJSONString(type, to: writer)
        writer.write(",\"title\":")
        writeJSONString(title, to: writer)
        writer.write(",\"status\":")
        writer.writeDecimal(status.code)
        writer.write(",\"detail\":")
        writeJSONString(detail, to: writer)
        if let instance {
            writer.write(",\"instance\":")
            writeJSONString(instance, to: writer)
        }
        for member in extensions {
            writer.write(",")
            writeJSONString(member.name, to: writer)
            writer.write(":")
            writeJSONString(member.value, to: writer)
        }
        for member in jsonExtensions {
            writer.write(",")
            writeJSONString(member.name, to: writer)
            writer.write(":")
            writer.write(member.json)
        }
        writer.write("}")
        return writer.copy()
    }

    /// The document as an answer of type `application/problem+json`, never cached.
    package var response: HTTPResponse {
        HTTPResponse(
            status: status,
            headers: ["Content-Type": "application/problem+json", "Cache-Control": "no-store"],
            body: .bytes(json))
    }

    /// The default `ErrorRenderer`: a problem document; an error that is no `HTTPError` tells nothing but 500.
    package static let render: ErrorRenderer = { error, _ in
        let known = HTTPError.wrapping(error)
        var response = ProblemDocument(status: known.status, detail: known.detail).response
        response.headers.merge(known.headers)
        return response
    }
}
