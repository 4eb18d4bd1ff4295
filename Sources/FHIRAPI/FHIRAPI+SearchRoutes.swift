internal import Access
internal import HTTP

extension FHIRAPI {
    /// Searches of several types, and of what is in a compartment.
    static let searchRoutes = [
        FHIRRoute(
            .get, "", "Search several types", [.system("search-system")], needs: .anyRecords(.search), takes: ["_type"]
        ) {
            try $0.serveSearch($1, $2)
        },
        FHIRRoute(
            .post, "/_search", "Search several types by form", [.system("search-system")], needs: .anyRecords(.search)
        ) {
            try $0.serveSearch($1, $2)
        },
        FHIRRoute(.get, "/{type}/{id}/{inner}", "Search a compartment", needs: .anyRecords(.search), takes: ["_type"]) {
            try $0.serveSearch($1, $2)
        },
        FHIRRoute(.post, "/{type}/{id}/{inner}/_search", "Search a compartment by form", needs: .anyRecords(.search)) {
            try $0.serveSearch($1, $2)
        },
    ]
}
