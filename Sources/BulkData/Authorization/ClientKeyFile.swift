internal import Base
internal import JSONTape
package import Vault

/// The key by which this installation proves to another server which client it is, as a file brings it.
///
/// The file is one of: a private JSON Web Key, a set of which one key is private, a PEM of a private key, or an object
/// with the key in `key` or `key_pem`. Beside it there may be `client_id`, `token_endpoint` and `scope`, so that one
/// file is all that a person has to be given.
/// - Source: RFC 7517, RFC 7518 section 6; SMART App Launch 2.2, client authentication: asymmetric.
package struct ClientKeyFile: Sendable {
    package let key: JWSPrivateKey
    /// The name under which the server knows the key; `nil` in a PEM.
    package var keyID: String?
    package var clientID: String?
    /// Where tokens are given out, for a server that does not tell.
    package var tokenEndpoint: WebLocation?
    package var scope: String?

    package static let bytesMax = 64 << 10

    /// - Throws: `BulkDataError.key` that never holds anything of the key.
    package init(_ bytes: [UInt8]) throws(BulkDataError) {
        guard bytes.count <= Self.bytesMax else { throw Self.wrong("is too large") }
        if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "-") {
            key = try Self.load(Self.decodePEM(bytes))
            return
        }
        let document = try StrictObject.read(bytes, "the key file")
        let named = document.withRoot { root in
            (root.member("file")?.string, root.member("client_id")?.string, root.member("kid")?.string)
        }
        if let inner = named.0 {
            guard !inner.contains("\"file\"") else { throw Self.wrong("holds another one") }
            self = try ClientKeyFile(Array(inner.utf8))
            clientID = named.1 ?? clientID
            keyID = named.2 ?? keyID
            return
        }
        let found = try document.withRoot { (root) throws(BulkDataError) in
            let endpoint = try root.member("token_endpoint")?.string.map { (text) throws(BulkDataError) in
                guard let location = WebLocation(text) else { throw Self.wrong("names no address as token_endpoint") }
                return location
            }
            let (key, keyID) = try Self.key(in: root)
            return (key, keyID, root.member("client_id")?.string, endpoint, root.member("scope")?.string)
        }
        (key, keyID, clientID, tokenEndpoint, scope) = found
    }

    /// The private key of a file in JSON, and its name: the file itself, one of its `keys`, its `key` or its `key_pem`.
    private static func key(in root: JSONValue) throws(BulkDataError) -> (JWSPrivateKey, String?) {
        if let text = root.member("key_pem")?.string {
            return (try load(decodePEM(Array(text.utf8))), root.member("kid")?.string)
        }
        let keys = root.member("keys").map { Array($0.elements) } ?? [root.member("key") ?? root]
        let fitting = keys.filter { $0.isObject && $0.member("d")?.isString == true }
        guard fitting.count == 1, let only = fitting.first else {
            throw wrong(fitting.isEmpty ? "holds no private key" : "holds several private keys")
        }
        return (try load(encoded(only)), only.member("kid")?.string)
    }

    /// A key file with other names beside its key than it has itself, to be kept.
    /// - Throws: `BulkDataError.key`.
    package static func named(
        _ bytes: [UInt8], clientID: String?, keyID: String?
    ) throws(BulkDataError) -> [UInt8] {
        _ = try ClientKeyFile(bytes)
        guard clientID != nil || keyID != nil else { return bytes }
        let writer = ByteWriter(capacity: bytes.count + 512)
        defer { writer.wipe() }
        writer.write("{")
        for (name, value) in [("client_id", clientID), ("kid", keyID)] {
            guard let value else { continue }
            writeJSONString(name, to: writer)
            writer.write(":")
            writeJSONString(value, to: writer)
            writer.write(",")
        }
        writer.write("\"file\":")
        writeJSONString(String(decoding: bytes, as: UTF8.self), to: writer)
        writer.write("}")
        return writer.copy()
    }

    private static func load(_ encoded: [UInt8]) throws(BulkDataError) -> JWSPrivateKey {
        var encoded = encoded
        defer { encoded.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) } }
        let loaded = encoded.withUnsafeBytes { bytes in
            Result { () throws(VaultError) in try JWSPrivateKey(encoded: bytes) }
        }
        do {
            return try loaded.get()
        } catch {
            throw BulkDataError(.key, "the key file holds no key for ES384 or RS384", cause: error)
        }
    }

    private static func decodePEM(_ bytes: [UInt8]) throws(BulkDataError) -> [UInt8] {
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        var body = ""
        var isInside = false
        for line in lines {
            if line.hasPrefix("-----BEGIN "), line.contains("PRIVATE KEY") {
                guard !line.contains("ENCRYPTED") else { throw wrong("is encrypted; give it without a password") }
                isInside = true
            } else if line.hasPrefix("-----END"), isInside {
                break
            } else if isInside {
                guard !line.contains(":") else { throw wrong("is encrypted; give it without a password") }
                body += line
            }
        }
        while body.hasSuffix("=") { body.removeLast() }
        let plain = body.replacing("+", with: "-").replacing("/", with: "_")
        guard !plain.isEmpty, let decoded = Base64URL.decode(plain) else { throw wrong("is no PEM of a private key") }
        return decoded
    }

    /// A JSON Web Key in DER.
    private static func encoded(_ key: JSONValue) throws(BulkDataError) -> [UInt8] {
        func number(_ name: String) throws(BulkDataError) -> [UInt8] {
            guard let text = key.member(named: name)?.string, let bytes = Base64URL.decode(text), !bytes.isEmpty,
                bytes.count <= 2_048
            else { throw wrong("lacks \(name), or it is no base64url") }
            return bytes
        }
        switch (key.member("kty")?.string, key.member("crv")?.string) {
        case ("EC", "P-384"):
            return PrivateKeyDER.p384(secret: try number("d"))
        case ("RSA", _):
            var numbers: [[UInt8]] = []
            for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] { numbers.append(try number(name)) }
            return PrivateKeyDER.rsa(numbers)
        default: throw wrong("holds a key that is neither RSA nor on the curve P-384")
        }
    }

    private static func wrong(_ what: String) -> BulkDataError {
        BulkDataError(.key, "the key file \(what)")
    }
}

/// Private keys in DER, as the cryptographic library reads them.
/// - Source: RFC 5915 (elliptic curves), RFC 8017 appendix A.1.2 (RSA).
enum PrivateKeyDER {
    private static let p384Name: [UInt8] = [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]

    /// A secret number on P-384; the public point follows from it.
    static func p384(secret: [UInt8]) -> [UInt8] {
        let digits = Array(secret.drop { $0 == 0 }.suffix(48))
        let padded = [UInt8](repeating: 0, count: 48 - digits.count) + digits
        return item(0x30, [0x02, 1, 1] + item(0x04, padded) + item(0xA0, p384Name))
    }

    /// Modulus, both exponents, both primes, the exponents modulo them, and the coefficient.
    static func rsa(_ numbers: [[UInt8]]) -> [UInt8] {
        item(0x30, numbers.reduce([0x02, 1, 0]) { $0 + integer($1) })
    }

    private static func integer(_ bigEndian: [UInt8]) -> [UInt8] {
        let digits = Array(bigEndian.drop { $0 == 0 })
        guard let first = digits.first else { return [0x02, 1, 0] }
        return item(0x02, first < 0x80 ? digits : [0] + digits)
    }

    private static func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        if count < 0x100 { return [tag, 0x81, UInt8(count)] + content }
        return [tag, 0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)] + content
    }
}
