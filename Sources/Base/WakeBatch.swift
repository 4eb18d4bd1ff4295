internal import Glibc

/// Something that sleeps until there is work for it.
package protocol Sleeper: AnyObject, Sendable {
    /// Ends its sleep; of no effect where it does not sleep.
    func wake()
}

/// Wakes those who sleep once for all that a thread has for them, not once for each piece: whoever is woken at the
/// first would find the rest not there yet, sleep again, and be woken again.
package enum WakeBatch {
    /// Runs `body`, and then wakes whoever was to be woken meanwhile by this thread. Within another batch, at its end.
    package static func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let key, pthread_getspecific(key) == nil else { return try body() }
        let sleepers = Sleepers()
        pthread_setspecific(key, Unmanaged.passUnretained(sleepers).toOpaque())
        defer {
            pthread_setspecific(key, nil)
            for sleeper in sleepers.list { sleeper.wake() }
        }
        return try body()
    }

    /// Wakes a sleeper: at once, or at the end of the batch that this thread is in.
    package static func wake(_ sleeper: some Sleeper) {
        guard let key, let pointer = pthread_getspecific(key) else { return sleeper.wake() }
        Unmanaged<Sleepers>.fromOpaque(pointer).takeUnretainedValue().add(sleeper)
    }

    /// `nil` where the process has no key left: everybody is then woken at once.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key, nil) == 0 ? key : nil
    }()
}

/// Those whom one batch is to wake, each once.
private final class Sleepers {
    var list: [any Sleeper] = []

    func add(_ sleeper: some Sleeper) {
        // There are as many as event loops: a handful.
        guard !list.contains(where: { $0 === sleeper }) else { return }
        list.append(sleeper)
    }
}
