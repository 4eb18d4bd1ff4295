internal import Base

/// Which records are open to whom in an emergency, in memory.
struct EmergencyIndex {
    private var grants: [UserKey: [String: Instant]] = [:]

    /// The ids of patients that are open to a user, and until when.
    func open(_ user: UserKey, at now: Instant) -> [String: Instant] {
        (grants[user] ?? [:]).filter { $0.value > now }
    }

    mutating func add(_ patient: String, until expires: Instant, for user: UserKey, at now: Instant) {
        var present = open(user, at: now)
        present[patient] = max(expires, present[patient] ?? expires)
        grants[user] = present
    }

    mutating func removeAll(of user: UserKey) {
        grants[user] = nil
    }
}
