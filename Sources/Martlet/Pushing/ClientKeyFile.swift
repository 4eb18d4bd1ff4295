internal import Glibc
internal import Push
internal import Vault

/// The file that a new client proves itself with: made before the client, written once it has its id.
final class ClientKeyFile {
    let path: String
    private let server: String
    private let key: JWSSigningKey
    private let keyID: String

    /// - Parameter origin: what clients reach the server under, where nothing else is said.
    /// - Returns: `nil` if none is asked for.
    /// - Throws: `MartletError` if something is there already: a key that is in use is not written over.
    init?(_ arguments: Arguments, origin: String) throws {
        guard let given = arguments.text("key-file") else {
            guard !arguments.flag("server") else { throw MartletError(.usage, "--server goes with --key-file") }
            return nil
        }
        path = arguments.path(given)
        var server = arguments.text("server") ?? origin
        while server.hasSuffix("/") { server.removeLast() }
        guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw MartletError(.usage, "--server takes what clients reach the server under: https://fhir.example.org")
        }
        self.server = server
        guard !DataFolder.exists(path) else { throw MartletError(.output, "\(path) is there already") }
        key = try JWSSigningKey()
        keyID = try ClientKey.keyID(of: key)
    }

    /// The public half, as the server keeps it.
    var publicKeySet: [UInt8] { client("", "").publicKeySet }

    /// - Throws: `MartletError.output`; nothing is left then.
    func write(clientID: String, scope: String) throws {
        var bytes = try client(clientID, scope).encoded()
        defer { bytes.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { explicit_bzero($0, bytes.count) } } }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            let error = failure
            unlink(path)
            throw error
        }
    }

    private func client(_ id: String, _ scope: String) -> ClientKey {
        ClientKey(
            server: server, tokenEndpoint: server + "/oauth/token", clientID: id, scope: scope, keyID: keyID, key: key)
    }

    private var failure: MartletError {
        MartletError(.output, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
