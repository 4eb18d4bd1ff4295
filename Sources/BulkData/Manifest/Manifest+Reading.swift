internal import JSONTape

extension Manifest {
    /// The largest manifest that is read, in bytes.
    package static let bytesMax = 32 << 20
    /// Files of one page.
    package static let filesMax = 100_000

    /// Reads a page of a manifest.
    /// - Parameter source: where it came from; addresses in it may be relative to that.
    /// - Throws: `BulkDataError.malformed` that says which member is wrong, `.tooLarge`, `.notSupported` for files that
    ///   are no NDJSON.
    package init(_ bytes: [UInt8], from source: WebLocation) throws(BulkDataError) {
        guard bytes.count <= Self.bytesMax else {
            throw BulkDataError(.tooLarge, "the manifest is larger than \(Self.bytesMax >> 20) MiB")
        }
        self = try StrictObject.read(bytes, "the manifest").withRoot { (root) throws(BulkDataError) in
            try Manifest(root, from: source)
        }
    }

    private init(_ root: JSONValue, from source: WebLocation) throws(BulkDataError) {
        guard let time = root.member("transactionTime")?.string.flatMap(FHIRInstant.init) else {
            throw Self.wrong("transactionTime", "is no instant")
        }
        guard let requiresAccessToken = root.member("requiresAccessToken")?.bool else {
            throw Self.wrong("requiresAccessToken", "is neither true nor false")
        }
        transactionTime = time
        self.requiresAccessToken = requiresAccessToken
        if let format = root.member("outputFormat") {
            guard let name = format.string, Self.isNDJSON(name) else {
                throw BulkDataError(.notSupported, "the manifest's files are no NDJSON")
            }
        }
        if let organized = root.member("outputOrganizedBy") {
            guard let name = organized.string else { throw Self.wrong("outputOrganizedBy", "is no text") }
            // Some servers write it empty, for none.
            if !name.isEmpty {
                guard Self.isType(name) else { throw Self.wrong("outputOrganizedBy", "is no type of resources") }
                organizedBy = name
            }
        }
        files = []
        var known: Set<WebLocation> = []
        for (name, content) in [
            ("output", Content.resources), ("deleted", .deletions), ("error", .outcomes), ("outcome", .outcomes),
        ] {
            guard let list = root.member(named: name), list.kind != .null else { continue }
            guard list.isArray else { throw Self.wrong(name, "is no list") }
            for entry in list.elements {
                let file = try Self.file(entry, name, content, needsType: organizedBy == nil, from: source)
                guard known.insert(file.location).inserted else { continue }
                guard files.count < Self.filesMax else {
                    throw BulkDataError(.tooLarge, "the manifest has more than \(Self.filesMax) files")
                }
                files.append(file)
            }
        }
        next = try Self.nextPage(root.member("link"), from: source)
    }

    private static func file(
        _ entry: JSONValue, _ list: String, _ content: Content, needsType: Bool, from source: WebLocation
    ) throws(BulkDataError) -> File {
        guard entry.isObject else { throw wrong(list, "holds something that is no file") }
        guard let address = entry.member("url")?.string, let location = source.resolve(address) else {
            throw wrong(list + ".url", "is no address of http or https")
        }
        var file = File(content: content, type: nil, location: location)
        if let type = entry.member("type"), type.kind != .null {
            guard let name = type.string, isType(name) else { throw wrong(list + ".type", "is no type of resources") }
            file.type = name
        } else if content == .resources, needsType {
            throw wrong(list + ".type", "is missing")
        }
        for (name, path) in [("count", \File.count), ("fileSize", \File.bytes)] {
            guard let value = entry.member(named: name), value.kind != .null else { continue }
            guard let number = value.count else { throw wrong(list + "." + name, "is no whole number") }
            file[keyPath: path] = number
        }
        if let further = entry.member("continuesInFile"), further.kind != .null {
            guard let address = further.string, source.resolve(address) != nil else {
                throw wrong(list + ".continuesInFile", "is no address of http or https")
            }
        }
        return file
    }

    private static func nextPage(_ links: JSONValue?, from source: WebLocation) throws(BulkDataError) -> WebLocation? {
        guard let links, links.kind != .null else { return nil }
        guard links.isArray else { throw wrong("link", "is no list") }
        var next: WebLocation?
        for link in links.elements {
            guard link.isObject, let relation = link.member("relation")?.string else {
                throw wrong("link.relation", "is no text")
            }
            guard relation == "next" else { continue }
            guard next == nil else { throw wrong("link", "names two next pages") }
            guard let address = link.member("url")?.string, let location = source.resolve(address) else {
                throw wrong("link.url", "is no address of http or https")
            }
            next = location
        }
        return next
    }

    /// Whether a format's name means NDJSON, with parameters or without.
    package static func isNDJSON(_ name: String) -> Bool {
        let type = name.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        return ["application/fhir+ndjson", "application/ndjson", "application/x-ndjson", "ndjson"].contains(type)
    }

    /// Whether a text can be the name of a type of resources.
    package static func isType(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
        return name.utf8.count <= 64
            && name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
    }

    private static func wrong(_ member: String, _ what: String) -> BulkDataError {
        BulkDataError(.malformed, "the manifest is wrong: \(member) \(what)")
    }
}
