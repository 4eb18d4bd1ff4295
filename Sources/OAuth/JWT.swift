internal import Base
internal import JSONTape
internal import Vault

/// A signed token as it came, taken apart and not yet believed.
/// - Source: RFC 7515 (JWS compact serialization), RFC 7519, RFC 8725 (best practices).
struct JWT {
    /// What the header claims; it is compared with the key's, and never chooses it.
    let algorithm: JWSAlgorithm
    let keyID: String
    /// The address of a key set that the header names; never asked for.
    let keySetAddress: String?
    let claims: JSONDocument
    /// What was signed.
    let signed: [UInt8]
    let signature: [UInt8]

    static let bytesMax = 8_192
    /// Members that would have the token choose its own key, or change how it is read.
    private static let refusedMembers: Set<String> = [
        "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty",
    ]
    private static let types: Set<String> = ["jwt", "client-authentication+jwt"]

    /// - Throws: `OAuthError.invalidClient` for anything but three parts of strict base64url with JSON objects in the
    ///   first two, and for a header that no honest client sends.
    init(_ text: String) throws(OAuthError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.bytesMax else {
            throw Self.refused("it is larger than \(Self.bytesMax) bytes")
        }
        let parts = bytes.split(
            separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].isEmpty,
            let header = Base64URL.decode(String(decoding: parts[0], as: UTF8.self)),
            let payload = Base64URL.decode(String(decoding: parts[1], as: UTF8.self)),
            let signature = Base64URL.decode(String(decoding: parts[2], as: UTF8.self))
        else { throw Self.refused("it is not three parts of base64url") }
        guard let head = StrictJSON.object(header), let claims = StrictJSON.object(payload) else {
            throw Self.refused("its header or payload is no JSON object, or has a member twice")
        }
        self.claims = claims
        self.signature = signature
        signed = Array(bytes[..<(parts[0].count + 1 + parts[1].count)])
        (algorithm, keyID, keySetAddress) = try head.withRoot { (root) throws(OAuthError) in
            for member in root.members
            where Self.refusedMembers.contains(String(decoding: member.name, as: UTF8.self)) {
                throw Self.refused("its header has a member that is not taken")
            }
            guard let algorithm = root.member("alg")?.string.flatMap(JWSAlgorithm.init(rawValue:)) else {
                throw Self.refused("its algorithm is none of those that are taken")
            }
            if let type = root.member("typ") {
                guard let name = type.string, Self.types.contains(name.lowercased()) else {
                    throw Self.refused("its type is another one")
                }
            }
            guard let keyID = root.member("kid")?.string, (1...256).contains(keyID.utf8.count) else {
                throw Self.refused("it names no key")
            }
            var address: String?
            if let named = root.member("jku") {
                guard let text = named.string else {
                    throw Self.refused("its key set's address is no text")
                }
                address = text
            }
            return (algorithm, keyID, address)
        }
    }

    static func refused(_ what: String) -> OAuthError {
        OAuthError(.invalidClient, "the assertion was refused: " + what)
    }
}
