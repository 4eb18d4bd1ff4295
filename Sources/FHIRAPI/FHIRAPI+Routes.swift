internal import HTTP

extension FHIRAPI {
    /// All that this interface answers.
    static let routes: [FHIRRoute] =
        systemRoutes + searchRoutes + typeRoutes + instanceRoutes + terminologyRoutes + graphQLRoutes + exportRoutes
        + asyncRoutes + everythingRoutes + recentRoutes + parameterRoutes + validateRoutes

    private static let systemRoutes = [
        FHIRRoute(.post, "", "Batch or transaction", [.system("transaction"), .system("batch")]) {
            try $0.serveBundle($1, $2)
        },
        FHIRRoute(.get, "/metadata", "What this server can do", takes: ofCapabilities) {
            try $0.serveCapabilities($1, $2)
        },
        FHIRRoute(.get, "/_history", "All versions of all resources", [.system("history-system")], takes: ofHistory) {
            try $0.serveSystemHistory($1, $2)
        },
        FHIRRoute(.get, "/$meta", "The tags, profiles and labels in use", [meta(isSystem: true)]) {
            try $0.serveMeta($1, $2)
        },
    ]

    private static let typeRoutes = [
        FHIRRoute(.get, "/{type}", "Search", [.interaction("search-type")]) { try $0.serveSearch($1, $2) },
        FHIRRoute(.post, "/{type}/_search", "Search by form", [.interaction("search-type")]) {
            try $0.serveSearch($1, $2)
        },
        FHIRRoute(.post, "/{type}", "Create", [.interaction("create"), .feature("conditionalCreate")], takes: ofAnswer)
        {
            try $0.serveCreate($1, $2)
        },
        FHIRRoute(.put, "/{type}", "Update by criteria", [.feature("conditionalUpdate")], takes: ofAnswer) {
            try $0.serveConditionalUpdate($1, $2)
        },
        FHIRRoute(.patch, "/{type}", "Patch by criteria", [.interaction("patch")], takes: ofAnswer) {
            try $0.serveConditionalPatch($1, $2)
        },
        FHIRRoute(.delete, "/{type}", "Delete by criteria", [.feature("conditionalDelete")]) {
            try $0.serveConditionalDelete($1, $2)
        },
        FHIRRoute(
            .get, "/{type}/_history", "All versions of a type's resources", [.interaction("history-type")],
            takes: ofHistory
        ) {
            try $0.serveTypeHistory($1, $2)
        },
        FHIRRoute(.get, "/{type}/$meta", "The tags, profiles and labels in use", [meta()]) { try $0.serveMeta($1, $2) },
    ]

    private static let instanceRoutes = [
        FHIRRoute(.get, "/{type}/{id}", "Read", [.interaction("read")], takes: ofRead) { try $0.serveRead($1, $2) },
        FHIRRoute(
            .put, "/{type}/{id}", "Update, or create under an id", [.interaction("update"), .feature("updateCreate")],
            takes: ofAnswer
        ) { try $0.serveUpdate($1, $2) },
        FHIRRoute(.patch, "/{type}/{id}", "Patch", [.interaction("patch")], takes: ofAnswer) {
            try $0.servePatch($1, $2)
        },
        FHIRRoute(.delete, "/{type}/{id}", "Delete", [.interaction("delete")]) { try $0.serveDelete($1, $2) },
        FHIRRoute(.get, "/{type}/{id}/$meta", "A resource's tags, profiles and labels", [meta()]) {
            try $0.serveMeta($1, $2)
        },
        FHIRRoute(.post, "/{type}/{id}/$meta-add", "Add tags, profiles and labels", [meta("meta-add")]) {
            try $0.serveMetaAdd($1, $2)
        },
        FHIRRoute(.post, "/{type}/{id}/$meta-delete", "Take away tags, profiles and labels", [meta("meta-delete")]) {
            try $0.serveMetaDelete($1, $2)
        },
        FHIRRoute(
            .get, "/{type}/{id}/_history", "All versions of a resource",
            [.interaction("history-instance"), .feature("readHistory")], takes: ofHistory
        ) { try $0.serveHistory($1, $2) },
        FHIRRoute(.get, "/{type}/{id}/_history/{version}", "Read one version", [.interaction("vread")], takes: ofAnswer)
        {
            try $0.serveVersion($1, $2)
        },
    ]

    private static func meta(_ name: String = "meta", isSystem: Bool = false) -> FHIRRoute.Served {
        let definition = "http://hl7.org/fhir/OperationDefinition/Resource-" + name
        return isSystem
            ? .systemOperation(name, definition: definition) : .operation(name, definition: definition)
    }
}
