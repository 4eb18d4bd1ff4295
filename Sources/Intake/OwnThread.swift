internal import Glibc

/// A thread of its own for work that blocks or computes for long, never on the cooperative pool.
package final class OwnThread {
    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    private var thread: pthread_t
    private var isJoined = false

    /// Starts `body` on a new thread with 8 MiB of stack. To be joined before it is released.
    /// - Throws: `IntakeError.thread` where the system has no thread to give.
    package init(_ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 8 << 20)
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let status = pthread_create(&thread, &attributes, Self.runBody, box.toOpaque())
        guard status == 0 else {
            box.release()
            throw IntakeError(.thread, "no thread could be started: \(systemMessage(status))")
        }
        self.thread = thread
    }

    deinit {
        if !isJoined { pthread_detach(thread) }
    }

    /// Waits until the body returned.
    package func join() {
        guard !isJoined else { return }
        isJoined = true
        pthread_join(thread, nil)
    }

    private static let runBody: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
        guard let pointer else { return nil }
        let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
        body.run()
        return nil
    }
}
