internal import Base
internal import Glibc
internal import JSONTape
package import WebApp

/// The file that keeps how the last ingest ended, for the status page. It names no file and no patient.
package struct IngestRecord: Sendable {
    private let path: String

    package init(_ folder: DataFolder) {
        path = folder.ingestRecord
    }

    /// Keeps a result in place of the one before.
    /// - Throws: `MartletError.output`.
    package func save(_ result: StatusFacts.Ingest) throws(MartletError) {
        let object = JSONObject()
        object.add("finishedAtMicroseconds", Int(result.finishedAt.microseconds))
        object.add("seconds", result.seconds)
        object.add("created", result.created)
        object.add("updated", result.updated)
        object.add("unchanged", result.unchanged)
        object.add("rejected", result.rejected)
        let file = try FileReplacement(path, mode: 0o600)
        var text = object.text + "\n"
        let written = text.withUTF8 { bytes in
            Result { () throws(MartletError) in try file.write(UnsafeRawBufferPointer(bytes)) }
        }
        try written.get()
        try file.finish()
    }

    /// The result kept last; `nil` where there is none that can be read.
    package func load() -> StatusFacts.Ingest? {
        guard let bytes = contents(), let parser = try? JSONParser(bytesMax: bytes.count + 1) else { return nil }
        return bytes.withUnsafeBytes { raw -> StatusFacts.Ingest? in
            guard let root = try? parser.parse(raw) else { return nil }
            var values: [String: Double] = [:]
            for member in root.members where member.value.kind == .number {
                values[String(decoding: member.name, as: UTF8.self)] = Double(member.value.text)
            }
            withExtendedLifetime(parser) {}
            guard let finishedAt = values["finishedAtMicroseconds"], finishedAt.magnitude < 9e18 else { return nil }
            func count(_ name: String) -> Int { values[name].flatMap { Int(exactly: $0) } ?? 0 }
            return StatusFacts.Ingest(
                finishedAt: Instant(microseconds: Int64(finishedAt)), seconds: values["seconds"] ?? 0,
                created: count("created"), updated: count("updated"), unchanged: count("unchanged"),
                rejected: count("rejected"))
        }
    }

    private func contents() -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}
