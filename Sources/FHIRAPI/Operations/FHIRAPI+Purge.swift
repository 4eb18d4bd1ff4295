internal import Access
internal import Base
internal import HTTP
internal import RecordStore

extension FHIRAPI {
    static let purgeRoutes = [
        FHIRRoute(
            .post, "/Patient/{id}/$purge", "Erase a patient's record for good",
            [
                .operation(
                    purge, definition: "http://hl7.org/fhir/OperationDefinition/Patient-purge", type: "Patient")
            ],
            needs: .administration, takes: [purgeReason]
        ) { try $0.servePurge($1, $2) }
    ]

    private static let purge = "purge"
    private static let purgeReason = "reason"
    private static let reasonCharacters = 10...1_000

    /// Shreds a patient's key, so that nothing of the record can be read any more, and drops what was made of it.
    ///
    /// The answer comes once nothing can be read; with `Prefer: respond-async` once the index is written anew as well.
    private func servePurge(_ call: Call, _ reply: Reply) throws {
        call.trace.touched(patient: call.id)
        hand(call, reply, to: erasers) { [self] bench in
            let call = try call.decoded(bench)
            let reason = try Self.reason(operationItems(call, bench))
            call.trace.say(reason)
            let waits = Preferences(call.request.headers).isAsync
            guard let report = try store.purge(call.scope, patient: call.id, reason: reason, waits: waits) else {
                throw FHIRAPIError(.notFound, .notFound, "There is no record of a Patient/\(call.id.shortened).")
            }
            return .fhir(body: Self.parameters(of: report))
        }
    }

    private static func reason(_ items: [QueryParameters.Item]) throws(FHIRAPIError) -> String {
        for item in items where ![purgeReason, "_format", "_pretty"].contains(item.name) {
            throw FHIRAPIError(
                .invalid, .notSupported, "The parameter \"\(item.name.shortened)\" is not known here.",
                location: "http." + item.name.shortened)
        }
        let given = items.filter { $0.name == purgeReason }
        guard given.count == 1, let text = given.first?.value, reasonCharacters.contains(text.count),
            text.contains(where: { !$0.isWhitespace })
        else {
            throw FHIRAPIError(
                .invalid, .required,
                "An erasure has a reason of \(reasonCharacters.lowerBound) to \(reasonCharacters.upperBound) "
                    + "characters, which is kept; it should not tell who it was.", location: "http." + purgeReason)
        }
        return text
    }

    /// Drops what was made of a tenant's records before now: answers that are kept, and what is held in memory.
    func forgetCopies(of tenant: TenantName) {
        asyncJobs?.forgetAnswers(of: tenant) { job in
            guard case .request(let request) = job.work else { return false }
            // What this answers tells figures alone.
            return request.target.prefix { $0 != "?" }.hasSuffix("/$" + Self.purge)
        }
        terminologies.forget(tenant)
        validators.forget(tenant)
    }

    private static func parameters(of report: PurgeReport) -> ByteWriter {
        var list: [JSONTree] = [
            ["name": "entries", "valueInteger": .number(report.entries)],
            ["name": "sharedWithOthers", "valueInteger": .number(report.sharedWithOthers)],
            ["name": "blocks", "valueInteger": .number(report.blocks)],
            ["name": "indexClean", "valueBoolean": .bool(report.isIndexClean)],
        ]
        if let time = report.erasedAt {
            let text = ByteWriter(capacity: 32)
            writeInstant(time, to: text)
            list.append(["name": "erasedAt", "valueInstant": .text(String(decoding: text.bytes, as: UTF8.self))])
        }
        let tree: JSONTree = ["resourceType": "Parameters", "parameter": .list(list)]
        let writer = ByteWriter(capacity: 512)
        tree.write(to: writer)
        return writer
    }
}
