internal import CArgon2
internal import COpenSSL

/// A password as it is kept: argon2id with a random salt, as a PHC string.
///
/// Each call takes the cost's memory and many milliseconds of a processor: whoever calls bounds how many run at once,
/// and calls from threads of its own.
/// - Source: RFC 9106; OWASP Password Storage Cheat Sheet.
package enum PasswordHash {
    /// How much one hash costs.
    package struct Cost: Hashable, Sendable {
        /// Memory in kibibytes.
        package var memoryKibibytes: UInt32
        /// Passes over the memory.
        package var passes: UInt32
        /// Lanes that could be filled side by side.
        package var lanes: UInt32

        /// As OWASP advises: 19 MiB, two passes, one lane.
        package init(memoryKibibytes: UInt32 = 19_456, passes: UInt32 = 2, lanes: UInt32 = 1) {
            self.memoryKibibytes = memoryKibibytes
            self.passes = passes
            self.lanes = lanes
        }
    }

    private static let saltBytes = 16
    private static let hashBytes = 32

    /// Hashes a password with a new salt.
    /// - Throws: `VaultError.cryptography` if the memory cannot be had or the cost is none.
    package static func make(_ password: [UInt8], cost: Cost = Cost()) throws(VaultError) -> String {
        let salt = try SecretBytes.random(saltBytes)
        let length = argon2_encodedlen(
            cost.passes, cost.memoryKibibytes, cost.lanes, UInt32(saltBytes), UInt32(hashBytes), Argon2_id)
        var text = [CChar](repeating: 0, count: length)
        let code = argon2id_hash_encoded(
            cost.passes, cost.memoryKibibytes, cost.lanes, password, password.count, salt, saltBytes, hashBytes, &text,
            length)
        guard code == ARGON2_OK.rawValue else {
            throw VaultError(code: .cryptography, detail: "a password could not be hashed (argon2 \(code))")
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether a password is the one that was hashed. Takes the same time wherever they differ.
    /// - Throws: `VaultError.cryptography` if the memory cannot be had or the text is no hash of this kind.
    package static func matches(_ password: [UInt8], _ hash: String) throws(VaultError) -> Bool {
        let code = argon2id_verify(hash, password, password.count)
        if code == ARGON2_OK.rawValue { return true }
        if code == ARGON2_VERIFY_MISMATCH.rawValue { return false }
        throw VaultError(code: .cryptography, detail: "a password's hash could not be checked (argon2 \(code))")
    }

    /// Whether a hash was made at this cost; one that was not is made anew at the next sign-in.
    package static func isOf(_ cost: Cost, _ hash: String) -> Bool {
        hash.hasPrefix("$argon2id$v=19$m=\(cost.memoryKibibytes),t=\(cost.passes),p=\(cost.lanes)$")
    }
}
