internal import Base
internal import RecordStore

/// Tells whoever announced data what came of it.
struct IntakeManifest {
    let status: BulkIntakeStatus
    let request: String

    /// The answer to a request for the status of `$import`.
    var importJSON: ByteWriter {
        let writer = ByteWriter(capacity: 1_024)
        begin(writer)
        writer.write(",\"request\":")
        writeJSONString(request, to: writer)
        writer.write(",\"requiresAccessToken\":true,\"output\":[")
        write(status.items.map { ($0.url, $0.count, nil) }, to: writer)
        writer.write("],\"error\":[")
        write(status.items.filter(Self.hasErrors).map { ($0.url, $0.rejected, $0.problem) }, to: writer)
        writer.write("]}")
        return writer
    }

    private static func hasErrors(_ item: BulkIntakeStatus.Item) -> Bool { item.rejected > 0 || item.problem != nil }

    private func begin(_ writer: ByteWriter) {
        writer.write("{\"transactionTime\":\"")
        writeInstant(status.began, to: writer)
        writer.write("\"")
    }

    private func write(_ items: [(url: String, count: Int?, problem: String?)], to writer: ByteWriter) {
        for (place, item) in items.enumerated() {
            if place > 0 { writer.write(",") }
            writer.write("{\"type\":\"OperationOutcome\",\"inputUrl\":")
            writeJSONString(item.url, to: writer)
            if let count = item.count {
                writer.write(",\"count\":")
                writer.writeDecimal(count)
            }
            if let problem = item.problem {
                writer.write(",\"extension\":{\"problem\":")
                writeJSONString(problem, to: writer)
                writer.write("}")
            }
            writer.write("}")
        }
    }

    /// The status manifest of a submission.
    /// - Parameter files: where its files of outcomes lie, by their numbers.
    func submitJSON(_ id: String, files: String) -> ByteWriter {
        let writer = ByteWriter(capacity: 1_024)
        begin(writer)
        writer.write(",\"submissionId\":")
        writeJSONString(id, to: writer)
        writer.write(",\"requiresAccessToken\":true,\"output\":[]")
        // The ballot of STU 4 calls outcome what its drafts called error.
        for name in ["outcome", "error"] {
            writer.write(",\"\(name)\":[")
            for (place, item) in status.items.enumerated() {
                if place > 0 { writer.write(",") }
                writer.write("{\"url\":")
                writeJSONString("\(files)/\(place).ndjson", to: writer)
                writer.write(",\"type\":\"OperationOutcome\",\"count\":1,\"manifestUrl\":")
                writeJSONString(item.url, to: writer)
                let severity = Self.hasErrors(item) ? "error" : "information"
                writer.write(",\"countSeverity\":[{\"code\":\"\(severity)\",\"count\":1}]}")
            }
            writer.write("]")
        }
        writer.write("}")
        return writer
    }

    /// What came of one manifest, as a resource.
    static func outcome(of item: BulkIntakeStatus.Item) -> OperationOutcome {
        if let problem = item.problem {
            return OperationOutcome(issues: [Issue(kind: .processing, diagnostics: problem)])
        }
        let words = "\(item.count ?? 0) resources were taken, \(item.rejected) were not."
        return OperationOutcome(
            issues: [
                item.rejected > 0
                    ? Issue(kind: .processing, diagnostics: words)
                    : Issue(severity: .information, kind: .informational, diagnostics: words)
            ])
    }
}
