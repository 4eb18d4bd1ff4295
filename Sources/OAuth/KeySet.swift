internal import Base
internal import JSONTape
internal import Vault

/// The public keys of a client.
/// - Source: RFC 7517; RFC 7518 sections 6.2 and 6.3.
struct KeySet: Sendable {
    struct Key: Sendable {
        let id: String
        let key: JWSPublicKey
    }

    let keys: [Key]

    static let bytesMax = 65_536
    private static let keysMax = 50
    private static let privateMembers: Set<String> = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

    /// Reads a set.
    /// - Parameter passesOverOthers: whether keys of other kinds are passed over, as in a set that serves other servers
    ///   too; else one such key is an error.
    /// - Throws: `OAuthError.invalidRequest` if the set is malformed or no key of it can be used.
    init(_ bytes: [UInt8], passesOverOthers: Bool) throws(OAuthError) {
        guard bytes.count <= Self.bytesMax, let document = StrictJSON.object(bytes) else {
            throw Self.malformed(
                "it is no JSON object of at most \(Self.bytesMax) bytes without members given twice")
        }
        keys = try document.withRoot { (root) throws(OAuthError) in
            guard let list = root.member("keys"), list.isArray else {
                throw Self.malformed("it has no member keys")
            }
            var found: [Key] = []
            for (index, element) in list.elements.enumerated() {
                guard index < Self.keysMax else {
                    throw Self.malformed("it has more than \(Self.keysMax) keys")
                }
                do {
                    found.append(try Self.key(element))
                } catch {
                    if !passesOverOthers {
                        throw OAuthError(
                            .invalidRequest, "key \(index + 1) of " + OAuthError.wrapping(error).detail)
                    }
                }
            }
            guard !found.isEmpty else { throw Self.malformed("it has no key for RS384 or ES384") }
            return found
        }
    }

    private static func key(_ value: JSONValue) throws(OAuthError) -> Key {
        guard value.isObject else { throw malformed("it is no object") }
        for member in value.members
        where privateMembers.contains(String(decoding: member.name, as: UTF8.self)) {
            throw malformed(
                "it holds a private or secret part: give the public key only, and make a new one")
        }
        guard let id = value.member("kid")?.string, (1...256).contains(id.utf8.count) else {
            throw malformed("it has no kid")
        }
        if let use = value.member("use"), use.string != "sig" {
            throw malformed("it is not for signatures")
        }
        if let uses = value.member("key_ops"), uses.strings?.contains("verify") != true {
            throw malformed("it is not for signatures")
        }
        let key: JWSPublicKey
        do {
            switch value.member("kty")?.string {
            case "RSA":
                guard let modulus = bytes(value.member("n")), let exponent = bytes(value.member("e")) else {
                    throw malformed("its numbers are malformed")
                }
                key = try JWSPublicKey(modulus: modulus, exponent: exponent)
            case "EC":
                guard value.member("crv")?.string == "P-384" else {
                    throw malformed("its curve is not P-384")
                }
                guard let x = bytes(value.member("x")), let y = bytes(value.member("y")) else {
                    throw malformed("its coordinates are malformed")
                }
                key = try JWSPublicKey(x: x, y: y)
            default: throw malformed("it is neither RSA nor EC")
            }
        } catch {
            if let own = error as? OAuthError { throw own }
            throw malformed((error as? VaultError)?.detail ?? "it cannot be read")
        }
        if let algorithm = value.member("alg"), algorithm.string != key.algorithm.rawValue {
            throw malformed("it is for another algorithm than \(key.algorithm.rawValue)")
        }
        return Key(id: id, key: key)
    }

    private static func bytes(_ value: JSONValue?) -> [UInt8]? {
        guard let text = value?.string, let bytes = Base64URL.decode(text), !bytes.isEmpty else {
            return nil
        }
        return bytes
    }

    private static func malformed(_ what: String) -> OAuthError {
        OAuthError(.invalidRequest, "the key set: " + what)
    }
}
