internal import JSONTape

/// The members of a request's JSON object: texts, whole numbers and truth values, checked against what the route takes.
struct JSONBody: Sendable {
    private enum Value: Sendable {
        case text(String)
        case number(String)
        case bool(Bool)
        case null
    }

    private var members: [String: Value] = [:]

    private static let textBytesMax = 4096

    /// - Parameter names: the members that the route takes.
    /// - Throws: `OnboardingAPIError.malformed` for what is no such object, for a member that is unknown or there twice,
    ///   and for a value of another kind or too long.
    init(_ bytes: [UInt8], taking names: [String]) throws(OnboardingAPIError) {
        if bytes.isEmpty { return }
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes, depthMax: 4)
        } catch {
            throw OnboardingAPIError(.malformed, "The body is no JSON: \(error.explanation).", cause: error)
        }
        members = try document.withRoot { root throws(OnboardingAPIError) in
            guard root.isObject else { throw OnboardingAPIError(.malformed, "The body is no JSON object.") }
            var members: [String: Value] = [:]
            for member in root.members {
                let name = String(decoding: member.name.prefix(64), as: UTF8.self)
                guard names.contains(name) else {
                    throw OnboardingAPIError(.malformed, "The body takes \(names.joined(separator: ", ")) alone.")
                }
                guard members[name] == nil else { throw OnboardingAPIError(.malformed, "\(name) is there twice.") }
                members[name] = try Self.value(of: member.value, name)
            }
            return members
        }
    }

    private static func value(of value: JSONValue, _ name: String) throws(OnboardingAPIError) -> Value {
        switch value.kind {
        case .string:
            guard let text = value.string, text.utf8.count <= textBytesMax, !text.utf8.contains(0) else {
                throw OnboardingAPIError(.malformed, "\(name) is no text of at most \(textBytesMax) bytes.")
            }
            return .text(text)
        case .number: return .number(value.text)
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .null: return .null
        case .object, .array: throw OnboardingAPIError(.malformed, "\(name) is no object and no list.")
        }
    }

    /// - Returns: `nil` where it is not there or `null`.
    /// - Throws: `OnboardingAPIError.malformed` for another kind of value.
    func text(_ name: String) throws(OnboardingAPIError) -> String? {
        switch members[name] {
        case nil, .null: return nil
        case .text(let text): return text
        default: throw OnboardingAPIError(.malformed, "\(name) is a text.")
        }
    }

    /// - Throws: `OnboardingAPIError.malformed` where it is not there.
    func required(_ name: String) throws(OnboardingAPIError) -> String {
        guard let text = try text(name) else { throw OnboardingAPIError(.malformed, "\(name) is missing.") }
        return text
    }

    /// - Returns: `nil` where it is not there or `null`.
    /// - Throws: `OnboardingAPIError.malformed` for another kind of value.
    func bool(_ name: String) throws(OnboardingAPIError) -> Bool? {
        switch members[name] {
        case nil, .null: return nil
        case .bool(let value): return value
        default: throw OnboardingAPIError(.malformed, "\(name) is true or false.")
        }
    }

    /// - Returns: `nil` where it is not there or `null`.
    /// - Throws: `OnboardingAPIError.malformed` for what is no whole number from 0 on.
    func count(_ name: String) throws(OnboardingAPIError) -> UInt64? {
        switch members[name] {
        case nil, .null: return nil
        case .number(let text):
            guard let value = UInt64(text) else {
                throw OnboardingAPIError(.malformed, "\(name) is a whole number from 0 on.")
            }
            return value
        default: throw OnboardingAPIError(.malformed, "\(name) is a whole number from 0 on.")
        }
    }
}
