internal import Base
internal import Glibc
internal import JSONTape
package import Vault

/// What a client system proves itself with, in one file: where the server is, who the client is, and its private key.
///
/// ```
/// {"server": "https://fhir.example.org", "token_endpoint": "https://fhir.example.org/oauth/token",
///  "client_id": "…", "scope": "system/*.crus", "key": {"kty": "EC", "crv": "P-384", "kid": "…", "x": …, "y": …, "d": …}}
/// ```
/// In place of `key` there may be `key_pem`, a private key on P-384 in PEM, with `kid`.
/// - Source: SMART App Launch 2.2, Backend Services; RFC 7517.
package struct ClientKey: Sendable {
    /// Where the server is reached, without a slash at the end; `nil` if the file does not say.
    package var server: String?
    package var tokenEndpoint: String
    package var clientID: String
    package var scope: String
    package var keyID: String
    package var key: JWSSigningKey

    /// What a pushing client asks for: to bring records in, and to read what was rejected.
    package static let standardScope = "system/*.crus"

    package init(
        server: String?, tokenEndpoint: String, clientID: String, scope: String, keyID: String, key: JWSSigningKey
    ) {
        self.server = server
        self.tokenEndpoint = tokenEndpoint
        self.clientID = clientID
        self.scope = scope
        self.keyID = keyID
        self.key = key
    }

    /// Reads a file's content.
    /// - Throws: `PushError.key`.
    package init(_ bytes: [UInt8]) throws(PushError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes, depthMax: 8)
        } catch {
            throw Self.malformed("is no JSON")
        }
        self = try document.withRoot { (root) throws(PushError) in try ClientKey(root) }
    }

    private init(_ root: JSONValue) throws(PushError) {
        guard root.isObject, let clientID = root.member("client_id")?.string, !clientID.isEmpty else {
            throw Self.malformed("has no client_id")
        }
        server = root.member("server")?.string.map { Self.withoutSlash($0) }
        guard let endpoint = root.member("token_endpoint")?.string ?? server.map({ $0 + "/oauth/token" }) else {
            throw Self.malformed("has neither token_endpoint nor server")
        }
        tokenEndpoint = endpoint
        self.clientID = clientID
        scope = root.member("scope")?.string ?? Self.standardScope
        if let key = root.member("key") {
            guard key.isObject, key.member("kty")?.string == "EC", key.member("crv")?.string == "P-384",
                let d = Self.number(key, "d"), let x = Self.number(key, "x"), let y = Self.number(key, "y")
            else { throw Self.malformed("its key is no private JWK on P-384") }
            keyID = key.member("kid")?.string ?? ""
            self.key = try Self.loaded { () throws(VaultError) in try JWSSigningKey.key(scalar: d, x: x, y: y) }
        } else if let text = root.member("key_pem")?.string {
            keyID = root.member("kid")?.string ?? ""
            guard var der = Self.der(text) else { throw Self.malformed("its key_pem is no PEM") }
            defer {
                der.withUnsafeMutableBytes { bytes in
                    bytes.baseAddress.map { explicit_bzero($0, bytes.count) }
                }
            }
            self.key = try Self.loaded { () throws(VaultError) in
                try der.withUnsafeBytes { raw in
                    Result { () throws(VaultError) in try JWSSigningKey(encoded: raw) }
                }.get()
            }
        } else {
            throw Self.malformed("has no key")
        }
    }

    /// The file's content. It holds the private key.
    /// - Throws: `PushError.key`.
    package func encoded() throws(PushError) -> [UInt8] {
        let writer = ByteWriter(capacity: 1024)
        var isFirst = true
        func add(_ name: StaticString, _ value: String) {
            writer.write(isFirst ? "{\n  " : ",\n  ")
            isFirst = false
            writeJSONString(name, to: writer)
            writer.write(": ")
            writeJSONString(value, to: writer)
        }
        if let server { add("server", server) }
        add("token_endpoint", tokenEndpoint)
        add("client_id", clientID)
        add("scope", scope)
        do {
            try key.withScalar { scalar in
                writer.write(",\n  \"key\": {\"kty\": \"EC\", \"crv\": \"P-384\", \"alg\": \"ES384\", \"kid\": ")
                writeJSONString(keyID, to: writer)
                for (name, number) in [("x", key.x), ("y", key.y), ("d", scalar)] {
                    writer.write(", \"\(name)\": \"")
                    writer.write(number.withUnsafeBytes(Base64URL.encode))
                    writer.write("\"")
                }
                writer.write("}\n}\n")
            }
        } catch {
            throw PushError(.key, "the key cannot be written", cause: error)
        }
        defer { writer.wipe() }
        return writer.copy()
    }

    /// The public half, as a set of keys by which a server knows the client.
    package var publicKeySet: [UInt8] {
        let (x, y) = (key.x.withUnsafeBytes(Base64URL.encode), key.y.withUnsafeBytes(Base64URL.encode))
        let writer = ByteWriter(capacity: 512)
        writer.write("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"alg\":\"ES384\",\"use\":\"sig\",\"kid\":")
        writeJSONString(keyID, to: writer)
        writer.write(",\"x\":\"\(x)\",\"y\":\"\(y)\"}]}")
        return writer.copy()
    }

    /// A name for a new key: the start of a hash of its public point.
    /// - Throws: `PushError.system`.
    package static func keyID(of key: JWSSigningKey) throws(PushError) -> String {
        do {
            let hash = try SHA2.sha256(key.x + key.y)
            return hash.prefix(12).withUnsafeBytes(Base64URL.encode)
        } catch {
            throw PushError(.system, "SHA-256 failed", cause: error)
        }
    }

    private static func loaded(_ load: () throws(VaultError) -> JWSSigningKey) throws(PushError) -> JWSSigningKey {
        do {
            return try load()
        } catch {
            throw malformed("its key is no private key on P-384", error)
        }
    }

    private static func number(_ key: JSONValue, _ name: StaticString) -> [UInt8]? {
        key.member(name)?.string.flatMap(Base64URL.decode)
    }

    private static func withoutSlash(_ text: String) -> String {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }

    /// What stands between the first pair of lines with dashes.
    private static func der(_ pem: String) -> [UInt8]? {
        var text: [UInt8] = []
        var isInside = false
        for line in pem.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("-----BEGIN ") && line.hasSuffix("PRIVATE KEY-----") && !isInside {
                isInside = true
            } else if line.hasPrefix("-----END ") {
                break
            } else if isInside {
                text += line.utf8
            }
        }
        guard isInside, !text.isEmpty else { return nil }
        let digits = text.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="), UInt8(ascii: " "): nil
            default: byte
            }
        }
        return Base64URL.decode(String(decoding: digits, as: UTF8.self))
    }

    private static func malformed(_ what: String, _ cause: (any Error)? = nil) -> PushError {
        PushError(.key, "the client key file \(what)", cause: cause)
    }
}
