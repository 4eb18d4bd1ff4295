internal import Compression
package import HTTP
internal import RecordStore

extension FHIRAPI {
    /// Adds `/api/openapi.json`, the OpenAPI description of every route that the router has, this one included. To be
    /// called when all others are there.
    ///
    /// It tells nothing of any record, and tools fetch it before anyone signs in: it needs no token. With one it lists
    /// the custom search parameters of the token's tenant, too.
    package func addDescription(to router: inout Router) {
        let path: PathPattern = "/api/openapi.json"
        let summary = "This description"
        var all = router
        all.answer(.get, path, summary: summary) { _ in HTTPResponse() }
        let documents = TenantDescriptions(store: store, routes: all.routes, options: options)
        router.handle(.get, path, summary: summary) { [self] request, reply in
            let coding = AcceptEncoding.preferred(request.headers)
            do {
                let document = try documents.document(scope(of: request))
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
            } catch {
                answer(error, reply)
            }
        }
    }

    private static func description(_ document: ByteBuffer, _ coding: ContentCoding?) -> HTTPResponse {
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "Cache-Control": "public, max-age=60",
            "Vary": "Accept-Encoding, Authorization",
        ]
        if let coding { headers["Content-Encoding"] = coding.rawValue }
        return HTTPResponse(headers: headers, body: .buffer(document))
    }
}
