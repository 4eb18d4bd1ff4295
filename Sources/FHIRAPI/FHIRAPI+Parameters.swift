internal import Access
internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape
internal import RecordStore

extension FHIRAPI {
    static let parameterRoutes = [
        FHIRRoute(
            .get, "/SearchParameter/$reindex-status", "How the custom search parameters stand", [reindex("status")],
            needs: .records(.read, type: "SearchParameter")
        ) { try $0.serveReindexStatus($1, $2) },
        FHIRRoute(
            .get, "/SearchParameter/{id}/$reindex-status", "How a custom search parameter stands", [reindex("status")],
            needs: .records(.read, type: "SearchParameter")
        ) { try $0.serveReindexStatus($1, $2) },
        FHIRRoute(
            .post, "/SearchParameter/{id}/$reindex", "Index everything anew for a custom search parameter", [reindex()],
            needs: .records(.update, type: "SearchParameter")
        ) { try $0.serveReindex($1, $2) },
    ]

    private static func reindex(_ part: String? = nil) -> FHIRRoute.Served {
        let name = part.map { "reindex-" + $0 } ?? "reindex"
        return .operation(name, definition: "urn:martlet:operation:" + name, type: "SearchParameter")
    }

    /// Tells of one or all custom search parameters whether they can be searched, and else how far their indexing is.
    @Sendable func serveReindexStatus(_ call: Call, _ reply: Reply) throws {
        try call.allowOnly([])
        hand(call, reply, to: readers) { [self] _ in try reindexStatus(call) }
    }

    /// Has everything indexed anew for a custom search parameter; until that is done, searches by it are refused.
    @Sendable func serveReindex(_ call: Call, _ reply: Reply) throws {
        try call.allowOnly([])
        hand(call, reply, to: writers) { [self] _ in
            guard try store.restartReindexing(call.scope, parameter: call.id) else { throw try unused(call) }
            return try reindexStatus(call)
        }
    }

    private func reindexStatus(_ call: Call) throws -> HTTPResponse {
        let all = try store.customParameters(call.scope)
        let writer = ByteWriter(capacity: 4096)
        writer.write("{\"resourceType\":\"Parameters\"")
        let wanted = call.id.isEmpty ? all : all.filter { $0.id == call.id }
        if !call.id.isEmpty, wanted.isEmpty { throw try unused(call) }
        for (place, status) in wanted.enumerated() {
            writer.write(place == 0 ? ",\"parameter\":[" : ",")
            write(status, to: writer)
        }
        writer.write(wanted.isEmpty ? "}" : "]}")
        var response = HTTPResponse.fhir(body: writer)
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    /// Why nothing can be told of a SearchParameter.
    private func unused(_ call: Call) throws -> FHIRAPIError {
        let stored = try store.read(call.scope, type: "SearchParameter", id: call.id)
        guard let stored, !stored.isDeleted else {
            return FHIRAPIError(.notFound, .notFound, "There is no SearchParameter/\(call.id.shortened).")
        }
        return FHIRAPIError(
            .notFound, .notFound,
            "SearchParameter/\(call.id.shortened) is not in use: only those whose status is active are.")
    }

    private func write(_ status: CustomParameterStatus, to writer: ByteWriter) {
        writer.write("{\"name\":\"searchParameter\",\"part\":[")
        func part(_ name: StaticString, _ type: StaticString, _ text: String, isFirst: Bool = false) {
            writer.write(isFirst ? "{\"name\":\"" : ",{\"name\":\"")
            writer.write(name)
            writer.write("\",\"value")
            writer.write(type)
            writer.write("\":")
            writeJSONString(text, to: writer)
            writer.write("}")
        }
        func part(_ name: StaticString, _ number: Int) {
            writer.write(",{\"name\":\"")
            writer.write(name)
            writer.write("\",\"valueDecimal\":")
            writer.writeDecimal(number)
            writer.write("}")
        }
        part("definition", "Uri", "SearchParameter/" + status.id, isFirst: true)
        part("url", "Uri", status.url)
        part("code", "Code", status.code)
        for base in status.bases { part("base", "Code", store.definitions[base].name) }
        switch status.state {
        case .active: part("state", "Code", "active")
        case .reindexing(let done, let total):
            part("state", "Code", "reindexing")
            part("done", done)
            part("total", total)
        case .unused(let reason):
            part("state", "Code", "unused")
            part("reason", "String", reason)
        }
        if let failure = status.failure { part("failure", "String", failure) }
        if status.unindexed > 0 { part("unindexed", status.unindexed) }
        writer.write("]}")
    }
}
