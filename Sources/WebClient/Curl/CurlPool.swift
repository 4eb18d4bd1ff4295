internal import Base

/// Handles that are not in use, with their open connections; the one that was used last is taken first.
final class CurlPool: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var idle: [CurlHandle] = []
    private let idleMax: Int

    init(idleMax: Int) {
        self.idleMax = idleMax
    }

    func take() throws(WebClientError) -> CurlHandle {
        if let handle = lock.withLock({ idle.popLast() }) { return handle }
        return try CurlHandle()
    }

    func put(_ handle: CurlHandle) {
        handle.reset()
        let surplus = lock.withLock { () -> CurlHandle? in
            idle.append(handle)
            return idle.count > idleMax ? idle.removeFirst() : nil
        }
        withExtendedLifetime(surplus) {}
    }

    /// Closes the connections that are not in use.
    func removeAll() {
        let all = lock.withLock { () -> [CurlHandle] in
            defer { idle = [] }
            return idle
        }
        withExtendedLifetime(all) {}
    }
}
