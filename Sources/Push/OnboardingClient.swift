internal import Base
internal import HTTP
internal import JSONTape
internal import Synchronization
package import WebClient

/// Talks to a server's interface for bringing data in. What fails for a while is tried again, for as long as there is
/// patience and something goes through now and then. Safe to use from many threads, which it blocks.
package final class OnboardingClient: Sendable {
    /// An answer that is neither a fault of the moment nor of the credentials.
    struct Answer {
        var head: WebResponse
        var body: [UInt8]

        var status: Int { head.status.code }
        var problem: RemoteProblem { RemoteProblem(body) }
    }

    /// One request, made anew for each try.
    struct Call {
        var method: HTTPMethod
        /// Behind `/api/v1`.
        var path: String
        var headers: HTTPHeaders = [:]
        var body: () -> WebBody = { .none }
        /// Takes the body of a good answer piece by piece; `nil` collects it. The first is told of each try.
        var receiver: (begin: () throws -> Void, take: (UnsafeRawBufferPointer) throws -> Void)?

        init(_ method: HTTPMethod, _ path: String) {
            self.method = method
            self.path = path
        }
    }

    /// Where the interface lies, without a slash at the end.
    let base: WebURL
    private let web: WebClient
    private let credentials: Credentials
    private let options: PushOptions
    private let cancellation: WebCancellation
    private let trouble: @Sendable (String) -> Void
    private let policy = RetryPolicy()
    private let lastSuccess = Atomic<UInt64>(monotonicNanoseconds())
    private let wasReached = Atomic<Bool>(false)

    private static let root = "/api/v1"
    private static let tokensMax = 3
    /// So often a request is tried at least, however long each try took.
    private static let failuresMin = 4
    private static let answerBytesMax: UInt64 = 64 << 20

    /// - Parameters:
    ///   - server: `https://host`, perhaps with a port and a path.
    ///   - trouble: told why something is tried again, in one line.
    /// - Throws: `PushError.refused` if the server's address is none.
    package init(
        server: String, web: WebClient, credentials: Credentials, options: PushOptions, cancellation: WebCancellation,
        trouble: @escaping @Sendable (String) -> Void
    ) throws(PushError) {
        var text = server
        while text.hasSuffix("/") { text.removeLast() }
        do {
            base = try WebURL(text)
        } catch {
            throw PushError(.refused, error.detail, cause: error)
        }
        self.web = web
        self.credentials = credentials
        self.options = options
        self.cancellation = cancellation
        self.trouble = trouble
    }

    /// Whether somebody has ended it.
    var isCancelled: Bool { cancellation.isCancelled }

    /// Asks until there is an answer that stands.
    /// - Throws: `PushError`.
    func answer(_ call: Call) throws(PushError) -> Answer {
        guard let answer = try answer(call, mayGoOn: { true }) else { throw PushError(.cancelled, "it was ended") }
        return answer
    }

    /// Asks until there is an answer that stands, or others are to go first.
    /// - Parameter mayGoOn: asked after each try that came to nothing, before the next.
    /// - Returns: `nil` if it said no.
    /// - Throws: `PushError`.
    func answer(_ call: Call, mayGoOn: () -> Bool) throws(PushError) -> Answer? {
        var failures = 0
        var tokens = Tokens()
        while true {
            if cancellation.isCancelled { throw PushError(.cancelled, "it was ended") }
            switch try step(call, &tokens) {
            case .answer(let answer):
                noteSuccess()
                return answer
            case .again(let reason, let retryAfter):
                failures += 1
                let isFirst = mayGoOn()
                try pause(reason, failures: failures, retryAfter: retryAfter)
                guard isFirst else { return nil }
            case .withNewToken: continue
            }
        }
    }

    /// Something went through: there is patience anew.
    func noteSuccess() {
        lastSuccess.store(monotonicNanoseconds(), ordering: .relaxed)
    }

    private enum Outcome {
        case answer(Answer)
        case again(String, retryAfter: String?)
        case withNewToken
    }

    /// The tokens that the server did not take for one call.
    private struct Tokens {
        var rejected: String?
        var count = 0
    }

    private func step(_ call: Call, _ tokens: inout Tokens) throws(PushError) -> Outcome {
        do throws(Credentials.Failure) {
            let token = try credentials.token(inPlaceOf: tokens.rejected)
            tokens.rejected = nil
            let outcome = try attempt(call, token)
            guard case .answer(let answer) = outcome, answer.status == 401 else { return outcome }
            tokens.count += 1
            guard tokens.count <= Self.tokensMax else {
                throw .never(PushError(.credentials, "the server does not take the tokens that it gives"))
            }
            tokens.rejected = token
            return .withNewToken
        } catch {
            switch error {
            case .never(let reason): throw reason
            case .later(let reason, let retryAfter):
                return .again(reason?.detail ?? "the token endpoint is busy", retryAfter: retryAfter)
            }
        }
    }

    private func attempt(_ call: Call, _ token: String) throws(Credentials.Failure) -> Outcome {
        var request = WebRequest(
            call.method, base.text(at: Self.root + call.path), headers: call.headers, body: call.body())
        request.headers["Authorization"] = "Bearer " + token
        if request.headers["Accept"] == nil { request.headers["Accept"] = "application/json" }
        request.redirectsMax = 0
        request.answerBytesMax = call.receiver == nil ? Self.answerBytesMax : .max
        do {
            var body: [UInt8] = []
            var hasBegun = false
            let head = try web.send(request, cancellation: cancellation) { head, piece in
                guard let receiver = call.receiver, head.status == .ok else {
                    return body.append(contentsOf: piece)
                }
                if !hasBegun { try receiver.begin() }
                hasBegun = true
                try receiver.take(piece)
            }
            wasReached.store(true, ordering: .relaxed)
            let status = head.status.code
            if status == 429 || status >= 500 || status == 408 {
                return .again("the server answers \(status)", retryAfter: head.headers["retry-after"])
            }
            return .answer(Answer(head: head, body: body))
        } catch {
            if error.code == .cancelled { throw .never(PushError(.cancelled, "it was ended")) }
            if let cause = error.cause as? PushError { throw .never(cause) }
            guard error.mayBeTheLine(wasReached: wasReached.load(ordering: .relaxed)) else {
                throw .never(PushError(.unreachable, error.detail, cause: error))
            }
            return .again(error.detail, retryAfter: nil)
        }
    }

    /// Waits before the next try.
    /// - Throws: `PushError.unreachable` when nothing has gone through for too long, `.cancelled`.
    func pause(_ reason: String, failures: Int, retryAfter: String?) throws(PushError) {
        let now = monotonicNanoseconds()
        let silence = Double(now - min(lastSuccess.load(ordering: .relaxed), now)) / 1e9
        guard silence < options.patienceSeconds || failures < Self.failuresMin else {
            throw PushError(
                .unreachable,
                "\(reason); nothing has gone through for \(Int(silence / 60)) min: run it again later to go on")
        }
        let asked = RetryPolicy.retryAfter(retryAfter, at: options.clock.now())
        let seconds = policy.seconds(failures: failures, retryAfter: asked, chance: Double.random(in: 0...1))
        trouble("\(reason); trying again in \(Int(seconds.rounded(.up))) s")
        // Being asked to wait is no silence of the server's.
        if asked != nil { lastSuccess.store(now + UInt64(seconds * 1e9), ordering: .relaxed) }
        try wait(seconds: seconds)
    }

    /// Sleeps, in slices, so that being ended does not take long.
    /// - Throws: `PushError.cancelled`.
    func wait(seconds: Double) throws(PushError) {
        let lock = Lock()
        let end = monotonicNanoseconds() + UInt64(max(seconds, 0) * 1e9)
        while true {
            if cancellation.isCancelled { throw PushError(.cancelled, "it was ended") }
            let now = monotonicNanoseconds()
            guard now < end else { return }
            lock.withLock { lock.wait(milliseconds: Int(min((end - now) / 1_000_000 + 1, 200))) }
        }
    }

    /// Asks for a JSON object.
    /// - Returns: what `read` makes of it.
    /// - Throws: `PushError`; `.refused` for any status but 200 to 202, `.answer` where `read` makes nothing of it.
    func object<Result>(_ call: Call, _ read: (JSONValue) -> Result?) throws(PushError) -> Result {
        let answer = try answer(call)
        guard (200...202).contains(answer.status) else { throw Self.refusal(answer) }
        return try Self.read(answer, read)
    }

    static func read<Result>(_ answer: Answer, _ read: (JSONValue) -> Result?) throws(PushError) -> Result {
        guard let document = try? JSONDocument(answer.body), let found = document.withRoot(read) else {
            throw PushError(.answer, "the server's answer (\(answer.status)) is not what its interface says")
        }
        return found
    }

    /// A refusal in the server's words.
    static func refusal(_ answer: Answer) -> PushError {
        let detail = answer.problem.detail
        let words = detail.isEmpty ? "" : ": \(detail)"
        return PushError(
            answer.status == 403 ? .credentials : .refused, "the server refuses it (\(answer.status))\(words)")
    }
}

extension WebURL {
    /// The address of a path below this one.
    func text(at path: String) -> String {
        var start = text
        while start.hasSuffix("/") { start.removeLast() }
        return start + path
    }
}
