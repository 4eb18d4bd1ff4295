internal import Base
internal import COpenSSL
internal import Glibc

/// Memory for keys alone, in slots of one key: kept out of swap and out of core dumps as far as the system allows, and
/// wiped before a slot is used again.
final class KeyMemory: @unchecked Sendable {
    // Safe to share: the free slots are used under `lock`.
    static let shared = KeyMemory()

    private let lock = Lock()
    private var free: [UnsafeMutableRawPointer] = []

    private static let slotBytes = 32
    /// What is mapped at once: small, as a process may lock little memory.
    private static let chunkBytes = 64 << 10

    /// A slot of `slotBytes` zeros.
    /// - Throws: `VaultError.cryptography` if the system gives no memory.
    func take() throws(VaultError) -> UnsafeMutableRawBufferPointer {
        let slot = try lock.withLock { () throws(VaultError) in
            if free.isEmpty { try map() }
            return free.removeLast()
        }
        return UnsafeMutableRawBufferPointer(start: slot, count: Self.slotBytes)
    }

    /// Takes a slot back and wipes it.
    func give(_ slot: UnsafeMutableRawBufferPointer) {
        guard let start = slot.baseAddress else { return }
        OPENSSL_cleanse(start, slot.count)
        lock.withLock { free.append(start) }
    }

    private func map() throws(VaultError) {
        let chunk = mmap(nil, Self.chunkBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let chunk, chunk != MAP_FAILED else {
            throw VaultError(code: .cryptography, detail: "the system gives no memory for keys")
        }
        // Best effort: a process may be allowed to lock less.
        _ = mlock(chunk, Self.chunkBytes)
        _ = madvise(chunk, Self.chunkBytes, MADV_DONTDUMP)
        for offset in stride(from: Self.chunkBytes - Self.slotBytes, through: 0, by: -Self.slotBytes) {
            free.append(chunk + offset)
        }
    }
}
