internal import Base

/// Wraps a key by another: AES-256-GCM with the purpose bound to it.
enum KeyWrap {
    static func wrap(
        _ key: SecretKey, by wrapping: SecretKey, context: String, sealer: Sealer
    ) throws(VaultError) -> [UInt8] {
        let output = ByteWriter(capacity: 64)
        let bound = Array(context.utf8)
        let done = key.withBytes { plain in
            bound.withUnsafeBytes { bound in
                Result { () throws(VaultError) in
                    try sealer.seal(plain, key: wrapping, context: bound, into: output)
                }
            }
        }
        try done.get()
        return output.copy()
    }

    static func unwrap(
        _ wrapped: UnsafeRawBufferPointer, by wrapping: SecretKey, context: String, sealer: Sealer
    ) throws(VaultError) -> SecretKey {
        let output = ByteWriter(capacity: 64)
        defer { output.wipe() }
        let bound = Array(context.utf8)
        let done = bound.withUnsafeBytes { bound in
            Result { () throws(VaultError) in
                try sealer.open(wrapped, key: wrapping, context: bound, into: output)
            }
        }
        do {
            try done.get()
        } catch {
            throw VaultError(
                code: .notAuthentic, detail: "a key cannot be unwrapped: it was altered, moved, or wrapped by another",
                cause: error)
        }
        return try SecretKey(copying: output.bytes)
    }

    /// A proof that whoever has the key said what the context says; nothing is inside.
    static func seal(_ context: String, by key: SecretKey, sealer: Sealer) throws(VaultError) -> [UInt8] {
        let output = ByteWriter(capacity: 64)
        let done = Array(context.utf8).withUnsafeBytes { bound in
            Result { () throws(VaultError) in
                try sealer.seal(UnsafeRawBufferPointer(start: nil, count: 0), key: key, context: bound, into: output)
            }
        }
        try done.get()
        return output.copy()
    }

    /// - Throws: `VaultError.notAuthentic` if `seal` did not make the bytes for this context.
    static func check(
        _ sealed: UnsafeRawBufferPointer, _ context: String, by key: SecretKey, sealer: Sealer
    ) throws(VaultError) {
        let output = ByteWriter(capacity: 64)
        let done = Array(context.utf8).withUnsafeBytes { bound in
            Result { () throws(VaultError) in try sealer.open(sealed, key: key, context: bound, into: output) }
        }
        try done.get()
    }
}
