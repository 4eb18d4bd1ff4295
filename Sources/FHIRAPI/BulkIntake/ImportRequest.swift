internal import Base
internal import HTTP
internal import JSONTape

/// Reads what the kick-offs of `$import` and `$bulk-submit` say.
enum ImportRequest {
    private static let filesMax = 10_000
    private static let exportParameters: Set = ["_type", "_since", "_typeFilter"]

    /// The body of `$import`: a list of files, or Parameters that name an export or its manifest.
    /// - Throws: `FHIRAPIError`.
    static func read(_ root: JSONValue) throws(FHIRAPIError) -> BulkAnnouncement {
        root.isObject && root.member("resourceType") != nil ? try parameters(root) : try files(root)
    }

    private static func files(_ root: JSONValue) throws(FHIRAPIError) -> BulkAnnouncement {
        guard root.isObject, let input = root.member("input"), input.isArray else {
            throw FHIRAPIError(.invalid, .required, "The body must name its files in \"input\".")
        }
        try check(format: root.member("inputFormat")?.string)
        if let storage = root.member("storageDetail")?.member("type")?.string, storage != "https" {
            throw FHIRAPIError(.invalid, .notSupported, "Files are fetched by https alone.")
        }
        guard let source = root.member("inputSource")?.string, !source.isEmpty else {
            throw FHIRAPIError(.invalid, .required, "The body must say whose data it is, in \"inputSource\".")
        }
        var files: [(type: String, url: String)] = []
        for item in input.elements {
            guard let type = item.member("type")?.string, let url = item.member("url")?.string else {
                throw FHIRAPIError(.invalid, .required, "Each file of \"input\" has a \"type\" and a \"url\".")
            }
            guard files.count < filesMax else {
                throw FHIRAPIError(.invalid, .tooCostly, "\"input\" names more than \(filesMax) files.")
            }
            files.append((type, url))
        }
        guard !files.isEmpty else { throw FHIRAPIError(.invalid, .required, "\"input\" names no file.") }
        return BulkAnnouncement(source: .files(files), base: source)
    }

    private static func check(format: String?) throws(FHIRAPIError) {
        guard let format else {
            throw FHIRAPIError(.invalid, .required, "The files' format is missing: application/fhir+ndjson.")
        }
        let name = format.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        guard ["application/fhir+ndjson", "application/ndjson", "application/x-ndjson", "ndjson"].contains(name) else {
            throw FHIRAPIError(.invalid, .notSupported, "Only files of application/fhir+ndjson are read.")
        }
    }

    private static func parameters(_ root: JSONValue) throws(FHIRAPIError) -> BulkAnnouncement {
        let given = try SubmitParameters(root, known: exportParameters.union(["exportUrl", "exportType"]))
        let url = try given.required("exportUrl")
        switch try given.only("exportType") ?? "dynamic" {
        case "static": return BulkAnnouncement(source: .manifest(url))
        case "dynamic":
            var path = url.prefix { $0 != "?" }
            guard path.hasSuffix("/$export") else {
                throw ExportRequest.error("exportUrl", "is the address of a server's $export")
            }
            var items: [(name: String, value: String)] = []
            let query = Array(url[path.endIndex...].dropFirst().utf8)
            let inURL = query.withUnsafeBufferPointer { QueryParameters(decoding: $0) } ?? QueryParameters()
            for item in inURL { items.append((item.name, item.value)) }
            for name in exportParameters.sorted() {
                for value in given.values[name] ?? [] { items.append((name, value)) }
            }
            path = path.dropLast("/$export".count)
            let segments = path.split(separator: "/")
            if segments.last == "Patient" {
                return BulkAnnouncement(
                    source: .export(
                        base: String(path.dropLast("/Patient".count)), group: nil, isOfPatients: true,
                        parameters: items))
            }
            if segments.count > 2, segments[segments.count - 2] == "Group", let id = segments.last {
                return BulkAnnouncement(
                    source: .export(
                        base: String(path.dropLast("/Group/".count + id.count)), group: String(id),
                        isOfPatients: false, parameters: items))
            }
            return BulkAnnouncement(
                source: .export(base: String(path), group: nil, isOfPatients: false, parameters: items))
        default: throw ExportRequest.error("exportType", "is static or dynamic")
        }
    }

    /// The Parameters of `$bulk-submit`.
    /// - Throws: `FHIRAPIError`.
    static func submission(_ root: JSONValue) throws(FHIRAPIError) -> BulkSubmission {
        let given = try SubmitParameters(
            root,
            known: [
                "submitter", "submissionId", "submissionStatus", "manifestUrl", "replacesManifestUrl", "outputFormat",
                "fhirBaseUrl", "fileRequestHeader", "oauthMetadataUrl",
            ], passedOver: ["metadata", "import"])
        guard let submitter = given.submitter else {
            throw FHIRAPIError(
                .invalid, .required, "The parameter \"submitter\" is missing.", location: "http.submitter")
        }
        let said = try given.only("submissionStatus")
        let status: BulkSubmission.Status
        // Drafts of the operation had words of their own.
        switch said {
        case nil, "in-progress": status = .inProgress
        case "completed", "complete": status = .complete
        case "stopped", "aborted": status = .aborted
        default: throw ExportRequest.error("submissionStatus", "is in-progress, completed or stopped")
        }
        let manifest = try given.only("manifestUrl")
        let replaces = try given.only("replacesManifestUrl")
        guard said != nil || manifest != nil else {
            throw FHIRAPIError(
                .invalid, .required, "One of submissionStatus and manifestUrl must be there.",
                location: "http.manifestUrl")
        }
        if let format = try given.only("outputFormat") { try check(format: format) }
        var submission = BulkSubmission(
            submitter: submitter, id: try given.required("submissionId"), status: status, manifest: nil,
            replaces: replaces)
        if let manifest {
            submission.manifest = BulkAnnouncement(
                source: .manifest(manifest), base: try given.required("fhirBaseUrl"), headers: given.headers)
        }
        return submission
    }
}
