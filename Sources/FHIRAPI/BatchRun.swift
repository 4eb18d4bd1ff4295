internal import Base
internal import HTTP
internal import RecordStore

/// A batch under way. Each entry is a request of its own that goes the way of any other; what one does has no part in
/// what becomes of the others. Deletions come first, then what is created, changed, and read, as in a transaction; within
/// a turn several are under way at a time, so that their commits share the disk's time.
final class BatchRun: @unchecked Sendable {
    // Safe to share: what changes is used under `lock`.
    private let api: FHIRAPI
    private let call: Call
    private let reply: Reply
    /// The entries that are asked for, turn by turn, with their places.
    private var turns: [[(place: Int, request: HTTPRequest)]]
    private var isReading: [Bool]
    private let lock = Lock()
    private var responses: [EntryResponse?]
    private var underWay = 0
    private var bytes = 0
    private let windowMax: Int

    /// Entries that are under way at a time.
    private static let underWayMax = 32

    init(_ request: BundleRequest, _ call: Call, _ api: FHIRAPI, _ reply: Reply) {
        self.api = api
        self.call = call
        self.reply = reply
        var prefer = call.request.headers.list("prefer")
        if Preferences(call.request.headers).returns == nil {
            prefer = (prefer.map { $0 + ", " } ?? "") + "return=minimal"
        }
        responses = Array(repeating: nil, count: request.entries.count)
        var byTurn: [BundleEntry.Turn: [(place: Int, request: HTTPRequest)]] = [:]
        var written: Set<[String]> = []
        var hasRepetition = false
        for (place, entry) in request.entries.enumerated() {
            switch entry {
            case .success(let entry):
                if entry.turn != .read, entry.path.count > 1, !written.insert(entry.path).inserted {
                    hasRepetition = true
                }
                byTurn[entry.turn, default: []].append((place, entry.request(prefer)))
            case .failure(let error): responses[place] = EntryResponse(error.response)
            }
        }
        let order = BundleEntry.Turn.allCases.filter { byTurn[$0] != nil }
        // Taken from the end.
        turns = order.reversed().map { Array((byTurn[$0] ?? []).reversed()) }
        isReading = order.reversed().map { $0 == .read }
        windowMax = hasRepetition ? 1 : Self.underWayMax
    }

    /// Begins; the reply comes when all is done.
    func start() {
        advance()
    }

    /// Begins as many entries as may be under way, or answers if none is left.
    private func advance() {
        while true {
            let next = lock.withLock { () -> (place: Int, request: HTTPRequest, isRead: Bool)?? in
                if turns.isEmpty { return underWay == 0 ? .some(nil) : .none }
                if turns[turns.count - 1].isEmpty {
                    // A turn ends when all of it is done.
                    guard underWay == 0 else { return .none }
                    turns.removeLast()
                    isReading.removeLast()
                    if turns.isEmpty { return .some(nil) }
                }
                guard underWay < windowMax else { return .none }
                let isRead = isReading[isReading.count - 1]
                guard let entry = turns[turns.count - 1].popLast() else { return .none }
                underWay += 1
                return .some((entry.place, entry.request, isRead))
            }
            switch next {
            case .none: return
            case .some(nil): return answer()
            case .some(let entry?): begin(entry.place, entry.request, isRead: entry.isRead)
            }
        }
    }

    private func begin(_ place: Int, _ request: HTTPRequest, isRead: Bool) {
        let workers = isRead ? api.readers : api.writers
        let isTaken = workers.proceed { [self] bench in
            guard lock.withLock({ bytes }) <= api.options.bundleAnswerBytesMax else {
                let error = FHIRAPIError(
                    .tooLarge, .tooCostly, "The entries before this one fill the answer: ask for it on its own.")
                return take(EntryResponse(error.inEntry(place).response), at: place)
            }
            api.serveInner(
                request, of: call, on: bench,
                Reply { [self] outcome in
                    let response: HTTPResponse
                    switch outcome {
                    case .response(let made): response = made
                    case .failure(let error): response = FHIRAPIError(error).response
                    }
                    take(EntryResponse(response, isRead: isRead), at: place)
                })
        }
        if !isTaken {
            take(EntryResponse(FHIRAPIError(HTTPError(.stopping, "The server is stopping.")).response), at: place)
        }
    }

    private func take(_ response: EntryResponse, at place: Int) {
        lock.withLock {
            bytes += (response.resource?.count ?? 0) + (response.outcome?.count ?? 0)
            responses[place] = response
            underWay -= 1
        }
        // Not here: this may be the log's own thread, which must not wait.
        if !api.readers.proceed({ [self] _ in advance() }) {
            api.answer(HTTPError(.stopping, "The server is stopping."), reply)
        }
    }

    private func answer() {
        let isTaken = api.readers.proceed { [self] bench in
            let (responses, isAnswered) = lock.withLock {
                defer { isDone = true }
                return (self.responses, isDone)
            }
            if isAnswered { return }
            var bundle = BundleWriter(type: "batch-response", addresses: Addresses(base: call.base))
            for response in responses {
                var response = response ?? EntryResponse(.internalServerError)
                if let time = exactTime(of: response) { response.lastModified = time }
                bundle.add(response)
            }
            bundle.finish(total: nil, links: [])
            reply(api.finished(.fhir(body: bundle.writer), for: call, bench))
        }
        if !isTaken { api.answer(HTTPError(.stopping, "The server is stopping."), reply) }
    }

    private var isDone = false

    /// When a version was written, to the microsecond; `nil` where it cannot be read, and the header has to do, which
    /// tells whole seconds.
    private func exactTime(of response: EntryResponse) -> Instant? {
        guard response.lastModified != nil, let tag = response.etag.flatMap({ EntityTag(parsing: $0) }),
            let sequence = UInt64(tag.value)
        else { return nil }
        return try? api.store.entry(call.scope, sequence: sequence).lastUpdated
    }
}
