import Foundation
import Synchronization
import TestSupport

/// What was reported.
final class Reports: Sendable {
    private let errors = Mutex<[String]>([])

    var all: [String] { errors.withLock { $0 } }

    func add(_ text: String) {
        errors.withLock { $0.append(text) }
    }

    /// Waits until so many have come.
    func wait(for count: Int) throws {
        for _ in 0..<10_000 {
            if all.count >= count { return }
            Thread.sleep(forTimeInterval: 0.001)
        }
        throw PeerFailure(reason: "\(all.count) reports have come")
    }
}
