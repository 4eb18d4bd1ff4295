/// Files of a Bulk Data export that are not resources.
/// - Source: Bulk Data Access IG, https://hl7.org/fhir/uv/bulkdata/export.html; log format of the SMART bulk data client.
enum BulkExportFiles {
    /// True for the first line of a `log.ndjson`: it has `exportId` and `eventId`, and is no resource.
    static func isLogLine(_ line: UnsafeRawBufferPointer) -> Bool {
        hasBoth(line, "exportId", "eventId")
    }

    /// True for the manifest of an export: it has `transactionTime` and `output`, and is no resource.
    static func isManifest(_ document: UnsafeRawBufferPointer) -> Bool {
        hasBoth(document, "transactionTime", "output")
    }

    private static func hasBoth(_ bytes: UnsafeRawBufferPointer, _ one: StaticString, _ other: StaticString) -> Bool {
        guard var members = MemberReader(bytes) else { return false }
        var hasOne = false
        var hasOther = false
        while let member = members.next() {
            // Resources nearly always say first what they are: this look costs nothing then.
            if member.isNamed("resourceType") || member.isNamed("entry") { return false }
            hasOne = hasOne || member.isNamed(one)
            hasOther = hasOther || member.isNamed(other)
        }
        return hasOne && hasOther
    }
}
