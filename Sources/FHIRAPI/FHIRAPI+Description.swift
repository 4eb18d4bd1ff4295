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
        router.answer(.get, path, summary: summary) { _ in
            HTTPResponse(
                headers: ["Content-Type": "application/json", "Cache-Control": "public, max-age=60"],
                body: .buffer(document.json))
        }
    }
}
