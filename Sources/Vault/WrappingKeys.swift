/// The keys under which a tenant's patients' keys are wrapped: one, and during a rotation the one before it.
struct WrappingKeys {
    private let tenant: Int64
    /// By number. Number 0 is derived from the tenant's root key: older programs had no other.
    private var keys: [Int64: SecretKey]

    /// - Parameters:
    ///   - derived: the key with the number 0.
    ///   - stored: the others.
    init(tenant: Int64, derived: SecretKey, stored: [Int64: SecretKey]) {
        self.tenant = tenant
        keys = stored
        keys[0] = derived
    }

    /// The number of the key under which new keys are wrapped: the one made last.
    var current: Int64 { keys.keys.max() ?? 0 }

    /// The numbers of the stored keys before the present one.
    var retiring: [Int64] { keys.keys.filter { $0 != 0 && $0 != current }.sorted() }

    mutating func add(_ key: SecretKey, number: Int64) {
        keys[number] = key
    }

    /// Forgets what is before the present key.
    mutating func removeRetiring() {
        for number in retiring { keys[number] = nil }
    }

    func wrap(
        _ key: SecretKey, number: Int64, token: PatientToken, sealer: Sealer
    ) throws(VaultError) -> [UInt8] {
        let wrapping = current
        let context = token.bytes.withUnsafeBytes { self.context(number, $0, wrapping) }
        return try KeyWrap.wrap(key, by: self.key(wrapping), context: context, sealer: sealer)
    }

    func unwrap(
        _ wrapped: UnsafeRawBufferPointer, key number: Int64, token: UnsafeRawBufferPointer, wrapping: Int64,
        sealer: Sealer
    ) throws(VaultError) -> SecretKey {
        do {
            return try KeyWrap.unwrap(
                wrapped, by: key(wrapping), context: context(number, token, wrapping), sealer: sealer)
        } catch {
            throw VaultError(
                code: error.code == .cryptography ? .cryptography : .damaged,
                detail: "the key \(number) cannot be unwrapped: its row was altered or moved", cause: error)
        }
    }

    private func key(_ number: Int64) throws(VaultError) -> SecretKey {
        guard let key = keys[number] else {
            throw VaultError(code: .damaged, detail: "the wrapping key \(number) is missing")
        }
        return key
    }

    private func context(_ number: Int64, _ token: UnsafeRawBufferPointer, _ wrapping: Int64) -> String {
        let token = token.map { String($0, radix: 16) }.joined(separator: ".")
        // As older programs bound it: without the key's number.
        if wrapping == 0 { return "patient of tenant \(tenant) \(token)" }
        return "patient key \(number) of tenant \(tenant) \(token) under \(wrapping)"
    }
}
