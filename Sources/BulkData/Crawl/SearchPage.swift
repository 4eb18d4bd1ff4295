package import Base
internal import JSONTape

/// A page of a search: its resources, one a line, and where the next one is.
/// - Source: FHIR R4 search, https://hl7.org/fhir/R4/http.html#paging
package struct SearchPage {
    /// Resources, one a line.
    package let lines: ByteWriter
    package let resources: Int
    package let next: WebLocation?

    /// The largest page that is read, in bytes.
    package static let bytesMax = 256 << 20

    /// - Parameter source: where it came from; the next page's address may be relative to that.
    /// - Throws: `BulkDataError.malformed` for anything but a Bundle with the results of a search.
    package init(_ bytes: [UInt8], from source: WebLocation) throws(BulkDataError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes)
        } catch {
            throw BulkDataError(.malformed, "the page of the search is no JSON: \(error)")
        }
        (lines, resources, next) = try document.withRoot { (root) throws(BulkDataError) in
            try Self.read(root, from: source)
        }
    }

    private static func read(
        _ root: JSONValue, from source: WebLocation
    ) throws(BulkDataError) -> (ByteWriter, Int, WebLocation?) {
        guard root.isObject, root.member("resourceType")?.equals("Bundle") == true,
            root.member("type")?.equals("searchset") == true
        else { throw BulkDataError(.malformed, "the page of the search is no Bundle with results") }
        let lines = ByteWriter(capacity: 64 << 10)
        var resources = 0
        if let entries = root.member("entry") {
            guard entries.isArray else { throw BulkDataError(.malformed, "the page's entries are no list") }
            for entry in entries.elements {
                guard let resource = entry.member("resource"), resource.isObject else {
                    throw BulkDataError(.malformed, "the page has an entry without a resource")
                }
                if entry.member("search")?.member("mode")?.equals("outcome") == true
                    || resource.member("resourceType")?.equals("OperationOutcome") == true
                {
                    continue
                }
                resource.write(to: lines)
                lines.write(UInt8(ascii: "\n"))
                resources += 1
            }
        }
        var next: WebLocation?
        if let links = root.member("link") {
            for link in links.elements where link.member("relation")?.equals("next") == true {
                guard next == nil, let address = link.member("url")?.string, let location = source.resolve(address)
                else {
                    throw BulkDataError(.malformed, "the page's link to the next one is wrong")
                }
                next = location
            }
        }
        return (lines, resources, next)
    }
}

/// What a server can be searched for, from its CapabilityStatement.
package struct SearchableTypes: Sendable, Equatable {
    /// In the statement's order.
    package let types: [String]

    package static let bytesMax = 64 << 20

    /// - Throws: `BulkDataError.malformed`, `.notSupported` for a server of another version of FHIR.
    package init(_ bytes: [UInt8]) throws(BulkDataError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes)
        } catch {
            throw BulkDataError(.malformed, "the CapabilityStatement is no JSON: \(error)")
        }
        types = try document.withRoot { (root) throws(BulkDataError) in
            guard root.isObject, root.member("resourceType")?.equals("CapabilityStatement") == true else {
                throw BulkDataError(.malformed, "the answer is no CapabilityStatement")
            }
            if let version = root.member("fhirVersion")?.string, !version.hasPrefix("4.") {
                throw BulkDataError(.notSupported, "the server serves a version of FHIR that is not taken")
            }
            var types: [String] = []
            for side in root.member("rest")?.elements ?? root.elements {
                guard side.member("mode")?.equals("server") == true else { continue }
                for resource in side.member("resource")?.elements ?? root.elements {
                    let isSearchable = resource.member("interaction")?.elements.contains {
                        $0.member("code")?.equals("search-type") == true
                    }
                    guard isSearchable == true, let type = resource.member("type")?.string, Manifest.isType(type),
                        !types.contains(type)
                    else { continue }
                    types.append(type)
                }
            }
            return types
        }
    }
}
