internal import JSONTape

/// JSON as security tokens are read: small, flat, and without a member that stands twice.
enum StrictJSON {
    private static let depthMax = 8

    /// Reads an object.
    /// - Returns: `nil` if the bytes are not one JSON object, nest too deep, or any object in them has a member twice.
    static func object(_ bytes: [UInt8]) -> JSONDocument? {
        guard let document = try? JSONDocument(bytes, depthMax: depthMax) else { return nil }
        return document.withRoot { $0.isObject && hasNoTwins($0) } ? document : nil
    }

    private static func hasNoTwins(_ value: JSONValue) -> Bool {
        if value.isArray { return value.elements.allSatisfy(hasNoTwins) }
        guard value.isObject else { return true }
        var names: Set<String> = []
        for member in value.members {
            guard names.insert(String(decoding: member.name, as: UTF8.self)).inserted,
                hasNoTwins(member.value)
            else {
                return false
            }
        }
        return true
    }
}

extension JSONValue {
    /// The strings of an array; `nil` if it is none or holds something else.
    var strings: [String]? {
        guard isArray else { return nil }
        var found: [String] = []
        for element in elements {
            guard let text = element.string else { return nil }
            found.append(text)
        }
        return found
    }

    /// A whole number.
    var integer: Int64? {
        kind == .number ? Int64(text) : nil
    }

    /// Seconds since 1970, whole or with a fraction, as tokens write times.
    /// - Source: RFC 7519 section 2, NumericDate.
    var numericDate: Double? {
        guard kind == .number, let seconds = Double(text), seconds.isFinite, abs(seconds) < 1e12 else {
            return nil
        }
        return seconds
    }
}
