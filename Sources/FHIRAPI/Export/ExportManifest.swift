internal import Base
internal import HTTP
internal import JSONTape
internal import RecordStore

/// Tells a client which files an export has.
/// - Source: Bulk Data Access, https://hl7.org/fhir/uv/bulkdata/export.html#response---complete-status
struct ExportManifest {
    let job: AsyncJob
    /// This server's address, as the client reaches it.
    let base: String

    var json: ByteWriter {
        let writer = ByteWriter(capacity: 4096)
        writer.write("{\"transactionTime\":\"")
        writeInstant(job.transactionTime, to: writer)
        writer.write("\",\"request\":")
        writeJSONString(job.url, to: writer)
        writer.write(",\"requiresAccessToken\":true")
        write("output", .resources, to: writer)
        write("deleted", .deletions, to: writer)
        write("error", .problems, to: writer)
        writer.write("}")
        return writer
    }

    private func write(_ name: StaticString, _ content: AsyncJob.File.Content, to writer: ByteWriter) {
        writer.write(",\"")
        writer.write(name)
        writer.write("\":[")
        for (place, file) in job.files.filter({ $0.content == content }).enumerated() {
            writer.write(place > 0 ? ",{\"type\":" : "{\"type\":")
            writeJSONString(file.type, to: writer)
            writer.write(",\"url\":")
            writeJSONString("\(base)/$async/\(job.id)/\(file.name)", to: writer)
            writer.write(",\"count\":")
            writer.writeDecimal(file.count)
            writer.write("}")
        }
        writer.write("]")
    }
}
