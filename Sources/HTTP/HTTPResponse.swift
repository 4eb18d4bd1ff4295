/// An answer as a value. `Content-Length`, `Date` and transfer codings are the transport's to add.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    package var headers: HTTPHeaders
    package var body: Body

    package init(status: HTTPStatus = .ok, headers: HTTPHeaders = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer of `contentType`, such as `application/fhir+json`.
    package init(status: HTTPStatus = .ok, contentType: String, body: Body) {
        self.init(status: status, headers: ["Content-Type": contentType], body: body)
    }

    /// A short answer of plain text.
    package init(status: HTTPStatus = .ok, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", body: .bytes(Array(text.utf8)))
    }
}
