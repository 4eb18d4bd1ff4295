package import Base
internal import Vault

/// A client's proof of who it is, for one server and a few minutes.
/// - Source: RFC 7523 section 3; SMART App Launch 2.2, client authentication: asymmetric.
package enum SignedAssertion {
    /// The value of `client_assertion_type`.
    package static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    /// Servers take five minutes at most; clocks differ.
    private static let lifetimeSeconds: Int64 = 240

    /// A new assertion, with a number of its own.
    /// - Parameter audience: the address where the token is asked for, as the server writes it.
    /// - Throws: `BulkDataError.key`.
    package static func make(
        _ credential: ClientCredential, audience: String, now: Instant
    ) throws(BulkDataError) -> String {
        do {
            let number = try SecretKey.random().withBytes {
                Base64URL.encode(UnsafeRawBufferPointer(rebasing: $0[..<16]))
            }
            let seconds = now.microseconds / 1_000_000
            let header = ByteWriter(capacity: 128)
            header.write("{\"alg\":\"\(credential.key.algorithm.rawValue)\",\"typ\":\"JWT\",\"kid\":")
            writeJSONString(credential.keyID, to: header)
            header.write("}")
            let claims = ByteWriter(capacity: 512)
            claims.write("{\"iss\":")
            writeJSONString(credential.clientID, to: claims)
            claims.write(",\"sub\":")
            writeJSONString(credential.clientID, to: claims)
            claims.write(",\"aud\":")
            writeJSONString(audience, to: claims)
            claims.write(",\"exp\":\(seconds + lifetimeSeconds),\"iat\":\(seconds),\"jti\":\"\(number)\"}")
            let signed = Base64URL.encode(header.bytes) + "." + Base64URL.encode(claims.bytes)
            let signature = try credential.key.signature(of: Array(signed.utf8))
            return signed + "." + signature.withUnsafeBytes { Base64URL.encode($0) }
        } catch {
            throw BulkDataError(.key, "the assertion for the server could not be signed", cause: error)
        }
    }
}
