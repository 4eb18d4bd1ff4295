internal import Base
internal import HTTP
internal import RecordStore
internal import Search

extension FHIRAPI {
    static let ofRead = ["_at"] + ofAnswer

    /// Reads the newest version of a resource, or the one at `_at`.
    @Sendable func serveRead(_ call: Call, _ reply: Reply) throws {
        if try readsTrail(call, reply) { return }
        if call.request.query.isEmpty {
            // The way that must be fast: no other thread, nothing copied.
            let found = try store.read(call.scope, type: call.typeName, id: call.id)
            send(try answer(found, to: call), to: call, reply)
            return
        }
        try call.allowOnly(Self.ofRead)
        hand(call, reply, to: readers) { [self] bench in
            guard let at = try call.at() else {
                return try answer(try store.read(call.scope, type: call.typeName, id: call.id), to: call, bench)
            }
            let point = try store.point(call.scope, at: at)
            return try answer(try store.read(call.scope, type: call.typeName, id: call.id, at: point), to: call, bench)
        }
    }

    /// Reads one version of a resource.
    @Sendable func serveVersion(_ call: Call, _ reply: Reply) throws {
        if try readsTrail(call, reply) { return }
        let text = call.request.captures["version"] ?? ""
        let version = text.utf8.first == UInt8(ascii: "0") ? nil : UInt64(text)
        let found = try version.flatMap {
            try store.readVersion(call.scope, type: call.typeName, id: call.id, version: $0)
        }
        guard found != nil else {
            _ = try call.type()
            throw FHIRAPIError(
                .notFound, .notFound, "There is no version \(text.shortened) of \(call.typeName)/\(call.id.shortened).")
        }
        if call.request.query.isEmpty { return send(try answer(found, to: call), to: call, reply) }
        try call.allowOnly(Self.ofAnswer)
        hand(call, reply, to: readers) { [self] bench in try answer(found, to: call, bench) }
    }

    /// Sends what was answered on the server's thread: as it is, unless it is to be coded.
    private func send(_ response: HTTPResponse, to call: Call, _ reply: Reply) {
        guard needsFinish(response, for: call) else { return _ = reply(response) }
        hand(call, reply, to: readers) { _ in response }
    }

    /// The answer that holds a whole version.
    private func answer(_ found: StoredResource?, to call: Call) throws -> HTTPResponse {
        let resource = try present(found, call)
        if let fresh = notModified(resource, call) { return fresh }
        let writer = ByteWriter(capacity: 4096)
        resource.writeJSON(to: writer)
        return response(resource, body: writer)
    }

    /// The answer that holds what the parameters ask for.
    private func answer(_ found: StoredResource?, to call: Call, _ bench: Workbench) throws -> HTTPResponse {
        guard let subset = try subset(call) else { return try answer(found, to: call) }
        let resource = try present(found, call)
        if let fresh = notModified(resource, call) { return fresh }
        let writer = ByteWriter(capacity: 4096)
        try subset.write(resource, using: bench, to: writer)
        return response(resource, body: writer)
    }

    /// The part of resources that `_summary` and `_elements` ask for; `nil` if they are wanted whole.
    func subset(_ call: Call) throws(FHIRAPIError) -> ResourceSubset? {
        let query = call.request.query
        if query.isEmpty { return nil }
        let summary = query["_summary"].map { ResultOptions.Summary(rawValue: $0) }
        guard summary == nil || summary != .some(nil) && summary != .count else {
            throw FHIRAPIError(
                .invalid, .value, "_summary of a read takes true, text, data or false.", location: "http._summary")
        }
        let names = query.values("_elements").flatMap { $0.split(separator: ",").map(String.init) }
        if !call.typeName.isEmpty,
            let unknown = ResourceSubset.unknownElement(names, of: try call.type(), definitions: store.definitions)
        {
            throw FHIRAPIError(
                .invalid, .value, "\(call.typeName) has no element \"\(unknown.shortened)\".",
                location: "http._elements")
        }
        return ResourceSubset(summary: summary ?? nil, elements: names, definitions: store.definitions)
    }

    /// The version found, if there is one to be shown.
    func present(_ found: StoredResource?, _ call: Call) throws(FHIRAPIError) -> StoredResource {
        guard let found else {
            _ = try call.type()
            throw FHIRAPIError(.notFound, .notFound, "There is no \(call.typeName)/\(call.id.shortened).")
        }
        guard !found.isDeleted else {
            var error = FHIRAPIError(.gone, .deleted, "\(call.typeName)/\(call.id) was deleted.")
            error.headers = ["ETag": VersionHeaders.entityTag(found.sequence)]
            throw error
        }
        return found
    }

    private func notModified(_ resource: StoredResource, _ call: Call) -> HTTPResponse? {
        guard
            ReadCondition.isFresh(
                call.request.headers, sequence: resource.sequence, lastUpdated: resource.lastUpdated)
        else { return nil }
        return HTTPResponse(
            status: .notModified,
            headers: [
                "ETag": VersionHeaders.entityTag(resource.sequence),
                "Last-Modified": VersionHeaders.lastModified(resource.lastUpdated),
            ])
    }

    private func response(_ resource: StoredResource, body: ByteWriter) -> HTTPResponse {
        HTTPResponse(
            headers: [
                "Content-Type": HTTPResponse.fhirContentType,
                "ETag": VersionHeaders.entityTag(resource.sequence),
                "Last-Modified": VersionHeaders.lastModified(resource.lastUpdated),
                "Cache-Control": "no-store",
            ], body: .buffer(ByteBuffer(taking: body)))
    }
}
