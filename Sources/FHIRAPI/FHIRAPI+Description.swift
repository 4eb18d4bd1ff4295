internal import Compression
package import HTTP
internal import RecordStore

extension FHIRAPI {
    /// Adds `/api/openapi.json`, the OpenAPI description of every route that the router has, this one included. To be
    /// called when all others are there.
    ///
    /// It tells nothing of any record and the same to everybody, and tools fetch it before anyone signs in: it needs no
    /// token.
    package func addDescription(to router: inout Router) {
        let path: PathPattern = "/api/openapi.json"
        let summary = "This description"
        var all = router
        all.answer(.get, path, summary: summary) { _ in HTTPResponse() }
        let document = OpenAPIDocument(routes: all.routes, plans: store.plans, options: options)
        router.handle(.get, path, summary: summary) { [self] request, reply in
            let coding = AcceptEncoding.preferred(request.headers)
            if let ready = document.ready(coding) {
                reply(Self.description(ready, coding))
                return
            }
            let isTaken = readers.run { [self] _ in
                do {
                    reply(Self.description(try document.json(coding), coding))
                } catch {
                    answer(error, reply)
                }
            }
            if !isTaken {
                answer(HTTPError(.overloaded, "Too many requests wait already: try again in a moment."), reply)
            }
        }
    }

    private static func description(_ document: ByteBuffer, _ coding: ContentCoding?) -> HTTPResponse {
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "Cache-Control": "public, max-age=60", "Vary": "Accept-Encoding",
        ]
        if let coding { headers["Content-Encoding"] = coding.rawValue }
        return HTTPResponse(headers: headers, body: .buffer(document))
    }
}
