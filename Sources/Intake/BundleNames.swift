internal import JSONTape

/// Numbers of the member names of a Bundle and its entries.
struct BundleNames {
    let resourceType: UInt16
    let id: UInt16
    let entry: UInt16
    let fullURL: UInt16
    let resource: UInt16
    let request: UInt16
    let method: UInt16
    let url: UInt16

    init(_ names: NameTable) {
        resourceType = names.number(of: "resourceType")
        id = names.number(of: "id")
        entry = names.number(of: "entry")
        fullURL = names.number(of: "fullUrl")
        resource = names.number(of: "resource")
        request = names.number(of: "request")
        method = names.number(of: "method")
        url = names.number(of: "url")
    }
}

/// What a Bundle's entry says of its resource's id.
enum BundleEntry {
    /// The `fullUrl` where it is a `urn:uuid:` address, which stands in for a missing id.
    static func uuid(of entry: JSONValue, names: BundleNames) -> JSONValue? {
        guard let url = entry.member(numbered: names.fullURL), url.isString else { return nil }
        return hasUUIDPrefix(url.utf8) ? url : nil
    }

    /// Whether a text begins with `urn:uuid:`.
    static func hasUUIDPrefix(_ text: UnsafeRawBufferPointer) -> Bool {
        text.count > 9 && bytesEqual(UnsafeRawBufferPointer(rebasing: text[..<9]), "urn:uuid:")
    }
}

extension JSONValue {
    /// An id's text: the value's, without the `urn:uuid:` of an address that stands in for an id.
    var bytesOfID: UnsafeRawBufferPointer {
        let text = utf8
        return BundleEntry.hasUUIDPrefix(text) ? UnsafeRawBufferPointer(rebasing: text[9...]) : text
    }
}

/// FHIR's rule for ids.
/// - Source: FHIR R4 datatypes, id: `[A-Za-z0-9\-\.]{1,64}`.
enum ResourceID {
    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        (1...64).contains(text.count)
            && text.allSatisfy { byte in
                (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".")
            }
    }
}
