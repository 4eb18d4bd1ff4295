internal import JSONTape

/// The members of a request's JSON object: texts, numbers, truth values and lists of texts, checked against what the
/// route takes.
struct JSONBody: Sendable {
    private enum Value: Sendable {
        case text(String)
        case number(String)
        case bool(Bool)
        case texts([String])
        case null
    }

    private var members: [String: Value] = [:]

    private static let textBytesMax = 4096
    private static let listCountMax = 256

    /// - Parameter names: the members that the route takes.
    /// - Throws: `PlatformAPIError.malformed` for what is no such object, for a member that is unknown or there twice,
    ///   and for a value of another kind or too long.
    init(_ bytes: [UInt8], taking names: [String]) throws(PlatformAPIError) {
        if bytes.isEmpty { return }
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes, depthMax: 4)
        } catch {
            throw PlatformAPIError(.malformed, "The body is no JSON: \(error.explanation).", cause: error)
        }
        members = try document.withRoot { root throws(PlatformAPIError) in
            guard root.isObject else { throw PlatformAPIError(.malformed, "The body is no JSON object.") }
            var members: [String: Value] = [:]
            for member in root.members {
                let name = String(decoding: member.name.prefix(64), as: UTF8.self)
                guard names.contains(name) else {
                    throw PlatformAPIError(.malformed, "The body takes \(names.joined(separator: ", ")) alone.")
                }
                guard members[name] == nil else { throw PlatformAPIError(.malformed, "\(name) is there twice.") }
                members[name] = try Self.value(of: member.value, name)
            }
            return members
        }
    }

    private static func value(of value: JSONValue, _ name: String) throws(PlatformAPIError) -> Value {
        switch value.kind {
        case .string: return .text(try text(value, name))
        case .number: return .number(value.text)
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .null: return .null
        case .object: throw PlatformAPIError(.malformed, "\(name) is an object.")
        case .array:
            var texts: [String] = []
            for element in value.elements {
                guard texts.count < listCountMax else { throw PlatformAPIError(.malformed, "\(name) is too long.") }
                texts.append(try text(element, name))
            }
            return .texts(texts)
        }
    }

    private static func text(_ value: JSONValue, _ name: String) throws(PlatformAPIError) -> String {
        guard let text = value.string, text.utf8.count <= textBytesMax, !text.utf8.contains(0) else {
            throw PlatformAPIError(.malformed, "\(name) is no text of at most \(textBytesMax) bytes.")
        }
        return text
    }

    func has(_ name: String) -> Bool { members[name] != nil }

    /// - Returns: `nil` where it is not there or `null`.
    /// - Throws: `PlatformAPIError.malformed` for another kind of value.
    func text(_ name: String) throws(PlatformAPIError) -> String? {
        switch members[name] {
        case nil, .null: return nil
        case .text(let text): return text
        default: throw PlatformAPIError(.malformed, "\(name) is a text.")
        }
    }

    /// - Throws: `PlatformAPIError.malformed` where it is not there.
    func required(_ name: String) throws(PlatformAPIError) -> String {
        guard let text = try text(name) else { throw PlatformAPIError(.malformed, "\(name) is missing.") }
        return text
    }

    func texts(_ name: String) throws(PlatformAPIError) -> [String]? {
        switch members[name] {
        case nil, .null: return nil
        case .texts(let texts): return texts
        default: throw PlatformAPIError(.malformed, "\(name) is a list of texts.")
        }
    }

    func bool(_ name: String) throws(PlatformAPIError) -> Bool? {
        switch members[name] {
        case nil, .null: return nil
        case .bool(let value): return value
        default: throw PlatformAPIError(.malformed, "\(name) is true or false.")
        }
    }

    func integer(_ name: String) throws(PlatformAPIError) -> Int? {
        switch members[name] {
        case nil, .null: return nil
        case .number(let text):
            guard let value = Int(text) else { throw PlatformAPIError(.malformed, "\(name) is a whole number.") }
            return value
        default: throw PlatformAPIError(.malformed, "\(name) is a whole number.")
        }
    }
}
