internal import JSONTape

/// What a server says of how clients are let in.
/// - Source: SMART App Launch 2.2, conformance, `.well-known/smart-configuration`.
package struct SMARTConfiguration: Sendable, Equatable {
    package let tokenEndpoint: WebLocation
    /// The address as the server writes it: an assertion is for that very text.
    package let tokenEndpointText: String

    package static let bytesMax = 1 << 20

    /// - Parameter source: where it was read: a token is never asked for at a place less secure than that.
    /// - Throws: `BulkDataError.malformed`, `.notSupported` where clients with keys are not let in, `.address`.
    package init(_ bytes: [UInt8], from source: WebLocation) throws(BulkDataError) {
        guard bytes.count <= Self.bytesMax else {
            throw BulkDataError(.tooLarge, "the SMART configuration is too large")
        }
        let text = try StrictObject.read(bytes, "the SMART configuration").withRoot { (root) throws(BulkDataError) in
            if let methods = root.member("token_endpoint_auth_methods_supported"), methods.isArray,
                !methods.elements.contains(where: { $0.string == "private_key_jwt" })
            {
                throw BulkDataError(.notSupported, "the server lets no clients in by a key (private_key_jwt)")
            }
            guard let text = root.member("token_endpoint")?.string else {
                throw BulkDataError(.malformed, "the SMART configuration names no token_endpoint")
            }
            return text
        }
        guard let location = WebLocation(text) else {
            throw BulkDataError(.malformed, "the SMART configuration's token_endpoint is no address")
        }
        guard location.isSecure || !source.isSecure else {
            throw BulkDataError(.address, "the server would have its token asked for without TLS")
        }
        tokenEndpoint = location
        tokenEndpointText = text
    }
}

/// A token as a server gave it out.
/// - Source: RFC 6749 section 5.1.
package struct TokenAnswer: Sendable {
    package let token: String
    /// How long it is good, in seconds.
    package let lifetimeSeconds: Double

    package static let bytesMax = 256 << 10
    private static let tokenBytesMax = 16 << 10
    private static let lifetimeSecondsMax = 86_400.0
    /// RFC 6749 has no default; SMART recommends five minutes at most.
    private static let lifetimeSecondsUnsaid = 300.0

    /// - Throws: `BulkDataError.malformed`, which holds nothing of the token.
    package init(_ bytes: [UInt8]) throws(BulkDataError) {
        guard bytes.count <= Self.bytesMax else {
            throw BulkDataError(.tooLarge, "the answer with the token is too large")
        }
        let found = try StrictObject.read(bytes, "the answer with the token").withRoot { (root) throws(BulkDataError) in
            guard let token = root.member("access_token")?.string, (1...Self.tokenBytesMax).contains(token.utf8.count),
                token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw BulkDataError(.malformed, "the server's answer holds no access_token") }
            guard root.member("token_type")?.string?.lowercased() == "bearer" else {
                throw BulkDataError(.malformed, "the server's token is no bearer token")
            }
            guard let given = root.member("expires_in") else { return (token, Self.lifetimeSecondsUnsaid) }
            guard let seconds = Double(given.text), seconds >= 0, seconds.isFinite else {
                throw BulkDataError(.malformed, "the server's answer says no lifetime of its token")
            }
            return (token, min(seconds, Self.lifetimeSecondsMax))
        }
        (token, lifetimeSeconds) = found
    }

    /// Why no token was given, in the server's code: `invalid_client`; `nil` where the answer says none.
    /// - Source: RFC 6749 section 5.2.
    package static func problem(_ bytes: [UInt8]) -> String? {
        guard let document = try? StrictObject.read(bytes, "the answer"),
            let code = document.withRoot({ $0.member("error")?.string }), (1...64).contains(code.utf8.count),
            code.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") })
        else { return nil }
        return code
    }
}
