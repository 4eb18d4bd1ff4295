internal import Base
internal import Intake

/// Ingests as JSON.
enum IngestJSON {
    static func object(_ facts: IngestFacts) -> JSONObject {
        let object = JSONObject()
        object.add("id", facts.id.description)
        object.add("state", facts.state.rawValue)
        let source = JSONObject()
        source.add(name(facts.source.kind), facts.source.shown)
        source.add("fileName", facts.source.name)
        object.add("source", source)
        object.add("progress", progress(facts.progress))
        object.add("counts", counts(facts.counts))
        object.add("created", facts.created)
        if let started = facts.started { object.add("started", started) }
        if let ended = facts.ended { object.add("ended", ended) }
        if let problem = facts.problem { object.add("problem", problem) }
        return object
    }

    /// - Parameter withLists: whether single records and files are named.
    static func report(_ result: IngestResult, withLists: Bool) -> JSONObject {
        let object = object(result.facts)
        let totals = result.totals
        let sums = JSONObject()
        for (name, count) in [
            ("files", totals.files), ("resources", totals.resources), ("created", totals.created),
            ("updated", totals.updated), ("unchanged", totals.unchanged), ("deleted", totals.deleted),
            ("rejected", totals.rejected), ("skipped", totals.skipped), ("unresolved", totals.unresolved),
        ] {
            sums.add(name, count)
        }
        object.add("totals", sums)
        let findings = totals.findings.sorted {
            ($1.value, $0.key.code, $0.key.path ?? "") < ($0.value, $1.key.code, $1.key.path ?? "")
        }
        object.add(
            "findings",
            findings.map { finding, count in
                let item = JSONObject()
                item.add("code", finding.code)
                if let path = finding.path { item.add("path", path) }
                item.add("count", count)
                return item
            })
        object.add(
            "failures",
            result.failures.map { failure in
                let item = JSONObject()
                item.add("part", failure.part)
                item.add("problem", failure.problem)
                return item
            })
        if withLists { addLists(result, to: object) }
        return object
    }

    private static func addLists(_ result: IngestResult, to object: JSONObject) {
        object.add("skippedFiles", result.skipped.map { items(["file": $0.file, "reason": $0.reason.rawValue]) })
        object.add(
            "unresolvedReferences",
            result.unresolved.map {
                items(["resource": $0.resource, "reference": $0.reference, "reason": $0.reason])
            })
        object.add(
            "indexFailures", result.indexFailures.map { items(["resource": $0.resource, "reason": $0.reason]) })
    }

    private static func items(_ texts: KeyValuePairs<String, String>) -> JSONObject {
        let item = JSONObject()
        for (name, text) in texts { item.add(name, text) }
        return item
    }

    private static func name(_ kind: IngestSource.Kind) -> String {
        switch kind {
        case .upload: "upload"
        case .watched: "path"
        case .pull: "pull"
        }
    }

    private static func counts(_ counts: [String: Int]) -> JSONObject {
        let object = JSONObject()
        for (type, count) in counts.sorted(by: { $0.key < $1.key }) { object.add(type, count) }
        return object
    }

    private static func progress(_ progress: IngestFacts.Progress) -> JSONObject {
        let parts = JSONObject()
        parts.add("done", progress.partsDone)
        parts.add("failed", progress.partsFailed)
        parts.add("total", progress.partsTotal)
        let object = JSONObject()
        object.add("parts", parts)
        object.add("bytesDone", progress.bytesDone)
        object.add("bytesTotal", progress.bytesTotal)
        object.add("resources", progress.resources)
        object.add("rejected", progress.rejected)
        if let rate = rounded(progress.perSecond) { object.add("perSecond", rate) }
        if let left = rounded(progress.secondsLeft) { object.add("secondsLeft", left) }
        return object
    }

    private static func rounded(_ value: Double?) -> Int? {
        value.flatMap { $0.isFinite && $0 < 1e15 ? Int($0.rounded()) : nil }
    }
}
