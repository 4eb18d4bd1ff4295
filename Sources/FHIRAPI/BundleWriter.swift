internal import Base
internal import JSONTape
internal import RecordStore

/// Writes a Bundle entry by entry into one writer. What is known only at the end, the total and the links, comes last.
/// - Source: FHIR R4 Bundle, https://hl7.org/fhir/R4/bundle.html
struct BundleWriter {
    enum SearchMode: String {
        case match, include, outcome
    }

    struct Link {
        var relation: String
        var url: String
    }

    let writer: ByteWriter
    private let addresses: Addresses
    private var count = 0

    init(type: String, addresses: Addresses, capacity: Int = 16 << 10) {
        self.addresses = addresses
        writer = ByteWriter(capacity: capacity)
        writer.write("{\"resourceType\":\"Bundle\",\"type\":\"")
        writer.write(type)
        writer.write("\"")
    }

    /// How many bytes there are.
    var byteCount: Int { writer.count }

    private mutating func beginEntry() {
        writer.write(count == 0 ? ",\"entry\":[" : ",")
        count += 1
    }

    /// Adds a result of a search.
    mutating func add(
        _ resource: StoredResource, mode: SearchMode, subset: ResourceSubset?, using bench: Workbench
    ) throws {
        beginEntry()
        writer.write("{\"fullUrl\":")
        addresses.write(resource, to: writer)
        writer.write(",\"resource\":")
        if let subset {
            try subset.write(resource, using: bench, to: writer)
        } else {
            resource.writeJSON(to: writer)
        }
        writer.write(",\"search\":{\"mode\":\"")
        writer.write(mode.rawValue)
        writer.write("\"}}")
    }

    /// Adds a match that is no stored resource.
    /// - Parameter body: writes the resource.
    mutating func add(fullUrl: String, _ body: (ByteWriter) -> Void) {
        beginEntry()
        writer.write("{\"fullUrl\":")
        writeJSONString(fullUrl, to: writer)
        writer.write(",\"resource\":")
        body(writer)
        writer.write(",\"search\":{\"mode\":\"match\"}}")
    }

    /// Adds what a search has to say of itself.
    mutating func add(_ outcome: OperationOutcome) {
        beginEntry()
        writer.write("{\"resource\":")
        outcome.writeJSON(to: writer)
        writer.write(",\"search\":{\"mode\":\"outcome\"}}")
    }

    /// Adds a version to a history.
    mutating func add(version: StoredResource, subset: ResourceSubset? = nil, using bench: Workbench) throws {
        beginEntry()
        writer.write("{\"fullUrl\":")
        addresses.write(version, to: writer)
        if !version.isDeleted {
            writer.write(",\"resource\":")
            if let subset {
                try subset.write(version, using: bench, to: writer)
            } else {
                version.writeJSON(to: writer)
            }
        }
        writer.write(",\"request\":{\"method\":\"")
        writer.write(version.isDeleted ? "DELETE" : "PUT")
        writer.write("\",\"url\":\"")
        version.writeReference(to: writer)
        writer.write("\"},\"response\":{\"status\":\"")
        writer.write(version.isDeleted ? "204" : version.replaces == nil ? "201" : "200")
        writer.write("\",\"etag\":")
        writeJSONString(VersionHeaders.entityTag(version.sequence), to: writer)
        writer.write(",\"lastModified\":\"")
        writeInstant(version.lastUpdated, to: writer)
        writer.write("\"}}")
    }

    /// Adds the answer to an entry of a batch or transaction.
    mutating func add(_ response: EntryResponse) {
        beginEntry()
        writer.write("{")
        response.write(to: writer)
        writer.write("}")
    }

    /// Ends the Bundle. `writer` then holds it whole.
    mutating func finish(total: Int?, links: [Link]) {
        if count > 0 { writer.write("]") }
        if let total {
            writer.write(",\"total\":")
            writer.writeDecimal(total)
        }
        guard !links.isEmpty else { return writer.write("}") }
        writer.write(",\"link\":[")
        for (place, link) in links.enumerated() {
            if place > 0 { writer.write(",") }
            writer.write("{\"relation\":\"")
            writer.write(link.relation)
            writer.write("\",\"url\":")
            writeJSONString(link.url, to: writer)
            writer.write("}")
        }
        writer.write("]}")
    }
}
