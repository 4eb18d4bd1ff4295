internal import Glibc
package import SQLDatabase

/// Where the master key comes from.
package enum MasterKeySource: Sendable {
    /// A file that holds it, mode 0600.
    case file(String)
    /// A program that prints it: the words of a command, which no shell reads.
    case command(String)
    /// An environment variable that holds it. It is removed from the process's environment when it is read.
    case environment(String)

    /// The environment variable of the key itself.
    package static let keyVariable = "MARTLET_MASTER_KEY"
    /// The environment variable of a command that prints the key.
    package static let commandVariable = "MARTLET_MASTER_KEY_COMMAND"

    /// The source that is named: the command of an option before all, then what the environment has, then the file.
    /// - Throws: `VaultError.masterKey` if the environment names two.
    package static func named(command: String?, file: String) throws(VaultError) -> MasterKeySource {
        if let command { return .command(command) }
        switch (getenv(keyVariable) != nil, getenv(commandVariable)) {
        case (true, .some):
            throw VaultError(
                code: .masterKey,
                detail: "the environment has both \(keyVariable) and \(commandVariable): leave one away")
        case (true, nil): return .environment(keyVariable)
        case (false, .some(let command)): return .command(String(cString: command))
        case (false, nil): return .file(file)
        }
    }

    /// The key.
    /// - Parameter mayCreate: whether a missing file is made; never where a key store exists that an older key has
    ///   wrapped. The other sources must have the key.
    /// - Throws: `VaultError.masterKey` with why it cannot be had.
    package func load(mayCreate: Bool) throws(VaultError) -> SecretKey {
        switch self {
        case .file(let path): try MasterKeyFile.load(path: path, mayCreate: mayCreate)
        case .command(let command): try MasterKeyCommand.run(command)
        case .environment(let name): try Self.take(name)
        }
    }

    /// Opens a key store with the key, and finishes a rotation of the key's file that was cut short.
    /// - Throws: as `load` and `Vault.init`.
    package func open(_ store: any SQLDatabase, mayCreate: Bool) throws -> Vault {
        guard case .file(let path) = self, let staged = try MasterKeyFile.stagedKey(path: path) else {
            return try Vault(store: store, masterKey: load(mayCreate: mayCreate))
        }
        do {
            let vault = try Vault(store: store, masterKey: load(mayCreate: false))
            try MasterKeyFile.removeStaged(path)
            return vault
        } catch let error as VaultError where error.code == .masterKey {
            let vault = try Vault(store: store, masterKey: staged)
            try MasterKeyFile.adoptStaged(path)
            return vault
        }
    }

    /// Gives the key store a new master key. Where the key lies in a file, it is made and the file replaced.
    /// - Parameter next: where the new key comes from, if not from the file: the source must have it already, and is
    ///   the one to name from the next start on.
    /// - Returns: how many keys were wrapped anew.
    /// - Throws: `VaultError.masterKey` if no new key can be had, or it is the old one.
    package func rotate(_ vault: Vault, to next: MasterKeySource?) throws -> Int {
        if let next {
            let key = try next.load(mayCreate: true)
            guard try MasterKey.fingerprint(MasterKey.checkValue(key)) != vault.masterKeyFingerprint else {
                throw VaultError(code: .masterKey, detail: "the new master key is the one in use")
            }
            return try vault.rotateMaster(to: key)
        }
        guard case .file(let path) = self else {
            throw VaultError(
                code: .masterKey, detail: "the master key does not lie in a file: say where the new one comes from")
        }
        var count = 0
        try MasterKeyFile.replace(path: path) { count = try vault.rotateMaster(to: $0) }
        return count
    }

    private static func take(_ name: String) throws(VaultError) -> SecretKey {
        guard let value = getenv(name) else {
            throw VaultError(code: .masterKey, detail: "the environment has no \(name)")
        }
        let length = strlen(value)
        let text = UnsafeRawBufferPointer(start: value, count: length)
        defer {
            // Where it stands other processes of the same user can read it.
            explicit_bzero(value, length)
            unsetenv(name)
        }
        guard let key = try KeyText.key(text) else {
            throw VaultError(code: .masterKey, detail: "\(name) holds no key of 64 hexadecimal digits")
        }
        return key
    }
}
