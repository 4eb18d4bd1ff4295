internal import JSONTape

/// JSON as manifests and metadata of servers are read: bounded, and without a member that stands twice.
enum StrictObject {
    private static let depthMax = 24

    /// Reads one object.
    /// - Throws: `BulkDataError.malformed`.
    static func read(_ bytes: [UInt8], _ what: String) throws(BulkDataError) -> JSONDocument {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes, depthMax: depthMax)
        } catch {
            throw BulkDataError(.malformed, "\(what) is no JSON: \(error)")
        }
        guard document.withRoot({ $0.isObject && hasNoTwins($0) }) else {
            throw BulkDataError(.malformed, "\(what) is no JSON object, or has a member twice")
        }
        return document
    }

    private static func hasNoTwins(_ object: JSONValue) -> Bool {
        var names: Set<String> = []
        for member in object.members {
            guard names.insert(String(decoding: member.name, as: UTF8.self)).inserted else { return false }
        }
        return true
    }
}

extension JSONValue {
    /// A whole number that is not negative.
    var count: UInt64? {
        kind == .number ? UInt64(text) : nil
    }
}
