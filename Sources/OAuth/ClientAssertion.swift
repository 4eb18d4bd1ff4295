internal import Base
internal import JSONTape
internal import Vault

/// A client's proof of who it is: a token that it signed for this server, once and for a few minutes.
/// - Source: RFC 7523 section 3; SMART App Launch 2.2, client authentication: asymmetric.
package struct ClientAssertion: @unchecked Sendable {
    // Safe to share: what was read is never changed.
    private let token: JWT
    /// Who it says it is from; not believed before `check`.
    package let clientID: String

    /// The value of `client_assertion_type`.
    package static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    private static let identifierBytesMax = 256

    /// - Throws: `OAuthError.invalidClient` if the text is no such token.
    package init(_ text: String) throws(OAuthError) {
        let token = try JWT(text)
        clientID = try token.claims.withRoot { (claims) throws(OAuthError) in
            guard let subject = claims.member("sub")?.string, let issuer = claims.member("iss")?.string,
                sameBytes(subject, issuer), isBase64URL(subject, count: 1...Self.identifierBytesMax)
            else { throw JWT.refused("issuer and subject are not one client") }
            return subject
        }
        self.token = token
    }

    /// The key that it says it was signed with.
    var keyID: String { token.keyID }

    /// What is left to do once everything else was found right: the number may not come again before it expires.
    struct Proof {
        let number: String
        let expires: Instant
    }

    /// Holds the assertion against a client's keys and the moment.
    /// - Parameters:
    ///   - keys: the client's own.
    ///   - keySetAddress: where they came from, if from an address.
    ///   - audience: this server's token endpoint.
    /// - Throws: `OAuthError.invalidClient`.
    func check(
        _ keys: KeySet, keySetAddress: String?, audience: String, at now: Instant,
        _ options: OAuthOptions
    ) throws(OAuthError) -> Proof {
        if let named = token.keySetAddress {
            guard let keySetAddress, sameBytes(named, keySetAddress) else {
                throw JWT.refused("it names a key set that is not the client's")
            }
        }
        let named = keys.keys.filter { sameBytes($0.id, token.keyID) }
        guard !named.isEmpty else { throw JWT.refused("it names a key that the client does not have") }
        let fitting = named.filter { $0.key.algorithm == token.algorithm }
        guard !fitting.isEmpty else {
            throw JWT.refused("its algorithm is not that of the key it names")
        }
        guard fitting.contains(where: { $0.key.verifies(token.signature, of: token.signed) }) else {
            throw JWT.refused("its signature is not the client's")
        }
        return try token.claims.withRoot { (claims) throws(OAuthError) in
            try Self.checkAudience(claims, audience)
            let expires = try Self.checkTimes(claims, at: now, options)
            guard let number = claims.member("jti")?.string,
                (1...Self.identifierBytesMax).contains(number.utf8.count)
            else { throw JWT.refused("it has no number of its own (jti)") }
            return Proof(number: number, expires: expires)
        }
    }

    private static func checkAudience(_ claims: JSONValue, _ audience: String) throws(OAuthError) {
        // A token for several servers could be brought here by any of the others.
        let named = claims.member("aud")?.string.map { [$0] } ?? claims.member("aud")?.strings ?? []
        guard named.count == 1, sameBytes(named[0], audience) else {
            throw JWT.refused("it is meant for another audience")
        }
    }

    private static func checkTimes(
        _ claims: JSONValue, at now: Instant, _ options: OAuthOptions
    ) throws(OAuthError) -> Instant {
        let seconds = Double(now.microseconds) / 1_000_000
        let skew = Double(options.skewSeconds)
        guard let expires = claims.member("exp")?.numericDate else {
            throw JWT.refused("it does not say until when")
        }
        guard expires > seconds else { throw JWT.refused("it has expired") }
        guard expires <= seconds + Double(options.assertionSecondsMax) + skew else {
            throw JWT.refused("it expires more than \(options.assertionSecondsMax) seconds ahead")
        }
        for name in ["nbf", "iat"] {
            guard let value = claims.member(named: name) else { continue }
            guard let time = value.numericDate, time <= seconds + skew else {
                throw JWT.refused("it is not yet valid")
            }
        }
        return Instant(microseconds: Int64((expires * 1_000_000).rounded(.up)))
    }
}
