internal import Base

/// Connections that are not in use; those that were used last are taken first.
final class CurlPool: @unchecked Sendable {
    // Safe to share: everything is used under `lock`.
    private let lock = Lock()
    private var idle: [CurlConnections] = []
    private let idleMax: Int

    init(idleMax: Int) {
        self.idleMax = idleMax
    }

    func take() throws(WebClientError) -> CurlConnections {
        if let connections = lock.withLock({ idle.popLast() }) { return connections }
        return try CurlConnections()
    }

    func put(_ connections: CurlConnections) {
        let surplus = lock.withLock { () -> CurlConnections? in
            idle.append(connections)
            return idle.count > idleMax ? idle.removeFirst() : nil
        }
        withExtendedLifetime(surplus) {}
    }

    /// Closes the connections that are not in use.
    func removeAll() {
        let all = lock.withLock { () -> [CurlConnections] in
            defer { idle = [] }
            return idle
        }
        withExtendedLifetime(all) {}
    }
}
