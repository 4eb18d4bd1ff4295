package import Vault

/// What a server knows this installation by.
package struct ClientCredential: Sendable {
    package var clientID: String
    /// The name of the key in the set that the server was given.
    package var keyID: String
    package var key: JWSPrivateKey
    /// Where tokens are given out; `nil` has the server asked.
    package var tokenEndpoint: WebLocation?
    /// What is asked for.
    package var scope: String

    /// All types, to read.
    package static let standardScope = "system/*.rs"

    private static let textBytesMax = 512

    /// - Throws: `BulkDataError.key` where client or key have no name.
    package init(_ file: ClientKeyFile, clientID: String? = nil, keyID: String? = nil) throws(BulkDataError) {
        guard let client = clientID ?? file.clientID, (1...Self.textBytesMax).contains(client.utf8.count) else {
            throw BulkDataError(.key, "the key file does not say which client it is for: add client_id to it")
        }
        guard let name = keyID ?? file.keyID, (1...Self.textBytesMax).contains(name.utf8.count) else {
            throw BulkDataError(.key, "the key file does not say what the server calls the key: add kid to it")
        }
        let scope = file.scope ?? Self.standardScope
        guard scope.utf8.count <= 4_096, scope.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw BulkDataError(.key, "the key file asks for scopes that are none")
        }
        self.clientID = client
        self.keyID = name
        key = file.key
        tokenEndpoint = file.tokenEndpoint
        self.scope = scope
    }
}
