internal import Access
internal import HTTP

extension FHIRAPI {
    /// All that this interface answers.
    static let routes: [FHIRRoute] =
        systemRoutes + searchRoutes + typeRoutes + instanceRoutes + terminologyRoutes + graphQLRoutes + exportRoutes
        + asyncRoutes + everythingRoutes + recentRoutes + parameterRoutes + validateRoutes + purgeRoutes
        + bulkIntakeRoutes

    private static let systemRoutes = [
        FHIRRoute(.post, "", "Batch or transaction", [.system("transaction"), .system("batch")], needs: .admission) {
            try $0.serveBundle($1, $2)
        },
        FHIRRoute(.get, "/metadata", "What this server can do", needs: .nothing, takes: ofCapabilities) {
            try $0.serveCapabilities($1, $2)
        },
        FHIRRoute(
            .get, "/_history", "All versions of all resources", [.system("history-system")], needs: .anyRecords(.read),
            takes: ofHistory
        ) {
            try $0.serveSystemHistory($1, $2)
        },
        FHIRRoute(
            .get, "/$meta", "The tags, profiles and labels in use", [meta(isSystem: true)], needs: .anyRecords(.search)
        ) {
            try $0.serveMeta($1, $2)
        },
    ]

    private static let typeRoutes = [
        FHIRRoute(.get, "/{type}", "Search", [.interaction("search-type")], needs: .records(.search)) {
            try $0.serveSearch($1, $2)
        },
        FHIRRoute(.post, "/{type}/_search", "Search by form", [.interaction("search-type")], needs: .records(.search)) {
            try $0.serveSearch($1, $2)
        },
        FHIRRoute(
            .post, "/{type}", "Create", [.interaction("create"), .feature("conditionalCreate")],
            needs: .records(.create), takes: ofAnswer
        ) {
            try $0.serveCreate($1, $2)
        },
        FHIRRoute(
            .put, "/{type}", "Update by criteria", [.feature("conditionalUpdate")],
            needs: .records(.update), takes: ofAnswer
        ) {
            try $0.serveConditionalUpdate($1, $2)
        },
        FHIRRoute(
            .patch, "/{type}", "Patch by criteria", [.interaction("patch")], needs: .records(.update), takes: ofAnswer
        ) {
            try $0.serveConditionalPatch($1, $2)
        },
        FHIRRoute(.delete, "/{type}", "Delete by criteria", [.feature("conditionalDelete")], needs: .records(.delete)) {
            try $0.serveConditionalDelete($1, $2)
        },
        FHIRRoute(
            .get, "/{type}/_history", "All versions of a type's resources", [.interaction("history-type")],
            needs: .records(.read),
            takes: ofHistory
        ) {
            try $0.serveTypeHistory($1, $2)
        },
        FHIRRoute(.get, "/{type}/$meta", "The tags, profiles and labels in use", [meta()], needs: .records(.search)) {
            try $0.serveMeta($1, $2)
        },
    ]

    private static let instanceRoutes = [
        FHIRRoute(.get, "/{type}/{id}", "Read", [.interaction("read")], needs: .records(.read), takes: ofRead) {
            try $0.serveRead($1, $2)
        },
        FHIRRoute(
            .put, "/{type}/{id}", "Update, or create under an id", [.interaction("update"), .feature("updateCreate")],
            needs: .records(.update),
            takes: ofAnswer
        ) { try $0.serveUpdate($1, $2) },
        FHIRRoute(.patch, "/{type}/{id}", "Patch", [.interaction("patch")], needs: .records(.update), takes: ofAnswer) {
            try $0.servePatch($1, $2)
        },
        FHIRRoute(.delete, "/{type}/{id}", "Delete", [.interaction("delete")], needs: .records(.delete)) {
            try $0.serveDelete($1, $2)
        },
        FHIRRoute(
            .get, "/{type}/{id}/$meta", "A resource's tags, profiles and labels", [meta()], needs: .records(.read)
        ) {
            try $0.serveMeta($1, $2)
        },
        FHIRRoute(
            .post, "/{type}/{id}/$meta-add", "Add tags, profiles and labels", [meta("meta-add")],
            needs: .records([.read, .update])
        ) {
            try $0.serveMetaAdd($1, $2)
        },
        FHIRRoute(
            .post, "/{type}/{id}/$meta-delete", "Take away tags, profiles and labels", [meta("meta-delete")],
            needs: .records([.read, .update])
        ) {
            try $0.serveMetaDelete($1, $2)
        },
        FHIRRoute(
            .get, "/{type}/{id}/_history", "All versions of a resource",
            [.interaction("history-instance"), .feature("readHistory")], needs: .records(.read), takes: ofHistory
        ) { try $0.serveHistory($1, $2) },
        FHIRRoute(
            .get, "/{type}/{id}/_history/{version}", "Read one version", [.interaction("vread")],
            needs: .records(.read), takes: ofAnswer
        ) {
            try $0.serveVersion($1, $2)
        },
    ]

    private static func meta(_ name: String = "meta", isSystem: Bool = false) -> FHIRRoute.Served {
        let definition = "http://hl7.org/fhir/OperationDefinition/Resource-" + name
        return isSystem
            ? .systemOperation(name, definition: definition) : .operation(name, definition: definition)
    }
}
