/// The queues in which jobs wait that did not before.
struct NewlyWaiting {
    private(set) var ready: Set<String> = []
    private(set) var delayed: Set<String> = []

    var isEmpty: Bool { ready.isEmpty && delayed.isEmpty }

    mutating func note(_ state: JobCore.State, in queue: String) {
        switch state {
        case .ready: ready.insert(queue)
        case .delayed: delayed.insert(queue)
        case .held, .running, .done, .dead, .cancelled: break
        }
    }
}
