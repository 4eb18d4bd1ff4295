internal import Synchronization

/// A figure that goes up and down.
package final class Gauge: Sendable {
    private let number = Atomic<Int>(0)

    init() {}

    package func add(_ change: Int) {
        number.wrappingAdd(change, ordering: .relaxed)
    }

    package func set(_ value: Int) {
        number.store(value, ordering: .relaxed)
    }

    package var value: Int { number.load(ordering: .relaxed) }
}
