internal import Base
internal import Vault

/// A client's proof of who it is, for one request for a token.
/// - Source: RFC 7523 section 3; SMART App Launch 2.2, client authentication: asymmetric.
enum ClientAssertion {
    static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    /// SMART allows five minutes.
    private static let seconds: Int64 = 240

    /// - Parameter now: by the server's clock, as far as it is known.
    /// - Throws: `PushError.system`.
    static func make(_ key: ClientKey, at now: Instant) throws(PushError) -> String {
        let second = now.microseconds / 1_000_000
        let claims = Texts.json([
            ("iss", .text(key.clientID)), ("sub", .text(key.clientID)), ("aud", .text(key.tokenEndpoint)),
            ("jti", .text(try random())), ("iat", .number(UInt64(max(second, 0)))),
            ("exp", .number(UInt64(max(second + seconds, 0)))),
        ])
        let header = Texts.json([("alg", .text("ES384")), ("typ", .text("JWT")), ("kid", .text(key.keyID))])
        let text = header.withUnsafeBytes(Base64URL.encode) + "." + claims.withUnsafeBytes(Base64URL.encode)
        do {
            return try text + "." + key.key.signature(of: Array(text.utf8)).withUnsafeBytes(Base64URL.encode)
        } catch {
            throw PushError(.system, "the client's key does not sign", cause: error)
        }
    }

    private static func random() throws(PushError) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        do {
            try bytes.withUnsafeMutableBytes { try SecretBytes.fill($0) }
        } catch {
            throw PushError(.system, "the system gives no random bytes", cause: error)
        }
        return bytes.withUnsafeBytes(Base64URL.encode)
    }
}
