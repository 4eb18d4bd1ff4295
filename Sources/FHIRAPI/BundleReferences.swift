internal import FHIR
internal import JSONTape

/// References from one entry of a transaction to another: what names an entry's `fullUrl` becomes the address under which
/// the entry's resource is stored.
/// - Source: FHIR R4 bundle, https://hl7.org/fhir/R4/bundle.html#references
struct BundleReferences {
    private var addresses: [String: String] = [:]
    private let call: Call

    /// - Throws: `FHIRAPIError.invalid` for an address that two entries have.
    init(_ entries: [BundleEntry], _ targets: [Int: WriteTarget], _ call: Call) throws(FHIRAPIError) {
        self.call = call
        for entry in entries {
            guard let address = entry.fullURL, let target = targets[entry.place] else { continue }
            guard addresses.updateValue(target.reference, forKey: address) == nil else {
                var error = FHIRAPIError(.invalid, .invalid, "Another entry has the same fullUrl.")
                error.issues[0].expression = "fullUrl"
                throw error.inEntry(entry.place)
            }
        }
    }

    /// Changes the references of an entry's resource in place.
    /// - Throws: `FHIRAPIError.unprocessable` for a `urn:` that no entry has.
    func resolve(
        _ sites: [ReferenceSite], in root: JSONValue, of entry: BundleEntry, _ parser: JSONParser
    ) throws {
        for site in sites {
            let value = JSONValue(tape: root.tape, index: Int(site.nodeIndex))
            guard value.isString, let first = value.utf8.first, first != UInt8(ascii: "#") else { continue }
            let text = value.text
            let isURN = text.hasPrefix("urn:uuid:") || text.hasPrefix("urn:oid:")
            // A uri is an identity of its own, also where it is written like an entry's address: only a urn is a link.
            guard isURN || site.kind == .reference else { continue }
            let (address, fragment) = Self.parts(text)
            if let target = addresses[address] ?? (isURN ? nil : relative(address, of: entry)) {
                let made = Array((target + fragment).utf8)
                try made.withUnsafeBytes { try parser.replaceString(value, with: $0) }
            } else if isURN, site.kind == .reference {
                throw FHIRAPIError(
                    .unprocessable, .notFound,
                    "No entry of the transaction has the fullUrl \"\(text.shortened(to: 200))\", which is referred to.")
            }
        }
    }

    private static func parts(_ text: String) -> (String, String) {
        guard let mark = text.firstIndex(of: "#") else { return (text, "") }
        return (String(text[..<mark]), String(text[mark...]))
    }

    /// A relative reference counts from the address of the entry that it stands in.
    private func relative(_ reference: String, of entry: BundleEntry) -> String? {
        guard let own = entry.fullURL, own.hasPrefix("http"), !reference.contains("://") else { return nil }
        let parts = own.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 4 else { return nil }
        return addresses[parts.dropLast(2).joined(separator: "/") + "/" + reference]
    }
}
