package import Base
internal import HTTP
internal import JSONTape
package import WebClient

/// What requests are let in by: a token that was given, or tokens that a client key gets, renewed as they end.
package final class Credentials: @unchecked Sendable {
    // Safe to share: what is marked so is used under `lock`.
    private enum Source {
        case token(String)
        case key(ClientKey)
    }

    private let source: Source
    private let web: WebClient
    private let clock: any Clock
    private let lock = Lock()
    // Under `lock`.
    private var current: (token: String, renewAt: UInt64)?
    private var wasReached = false
    /// How far the server's clock is ahead, in microseconds, where it was found to be.
    private var clockOffset: Int64 = 0

    /// A token is renewed so long before its end, or after half of its life.
    private static let renewEarlyNanoseconds: UInt64 = 60_000_000_000
    private static let standardSeconds = 300.0
    /// A server's clock that differs by more is taken to be right for what it is told.
    private static let offsetMin: Int64 = 10_000_000

    /// - Parameter token: an access token, which cannot be renewed.
    package init(token: String, web: WebClient) {
        source = .token(token)
        self.web = web
        clock = SystemClock()
    }

    package init(key: ClientKey, web: WebClient, clock: any Clock = SystemClock()) {
        source = .key(key)
        self.web = web
        self.clock = clock
    }

    /// Why there is no token just now.
    enum Failure: Error {
        /// It may be had later.
        case later(WebClientError?, retryAfter: String?)
        case never(PushError)
    }

    /// A token that is good as far as is known; asks for one where there is none. Others wait meanwhile.
    /// - Parameter rejected: a token that the server did not take.
    func token(inPlaceOf rejected: String? = nil) throws(Failure) -> String {
        switch source {
        case .token(let token):
            guard rejected == nil else {
                throw .never(
                    PushError(
                        .credentials,
                        "the server does not take the token: it has ended, or is not good for bringing data in"))
            }
            return token
        case .key(let key):
            return try lock.withLock { () throws(Failure) in
                if let current, current.token != rejected, monotonicNanoseconds() < current.renewAt {
                    return current.token
                }
                let made = try ask(key)
                current = made
                return made.token
            }
        }
    }

    /// Asks once; and once more where the two clocks differ too much for the client to be believed.
    private func ask(_ key: ClientKey) throws(Failure) -> (token: String, renewAt: UInt64) {
        let first = try exchange(key)
        if let made = first.made { return made }
        let here = clock.now().microseconds
        guard let date = first.date, abs(date.microseconds - here - clockOffset) > Self.offsetMin else {
            throw .never(Self.refused(first.status))
        }
        clockOffset = date.microseconds - here
        let second = try exchange(key)
        guard let made = second.made else { throw .never(Self.refused(second.status)) }
        return made
    }

    private static func refused(_ status: HTTPStatus) -> PushError {
        PushError(
            .credentials,
            "the server gives this client no token (\(status.code)): is it disabled, or its key or scope another?")
    }

    private typealias Outcome = (made: (token: String, renewAt: UInt64)?, status: HTTPStatus, date: Instant?)

    private func exchange(_ key: ClientKey) throws(Failure) -> Outcome {
        let assertion: String
        do {
            let now = Instant(microseconds: clock.now().microseconds + clockOffset)
            assertion = try ClientAssertion.make(key, at: now)
        } catch {
            throw .never(error)
        }
        let fields = [
            ("grant_type", "client_credentials"), ("scope", key.scope), ("client_assertion_type", ClientAssertion.type),
            ("client_assertion", assertion),
        ]
        let form = fields.map { $0.0 + "=" + PercentEncoding.encode($0.1) }.joined(separator: "&")
        var request = WebRequest(
            .post, key.tokenEndpoint,
            headers: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"],
            body: .bytes(Array(form.utf8)))
        request.redirectsMax = 0
        request.answerBytesMax = 1 << 20
        let answer: (head: WebResponse, body: [UInt8])
        let asked = monotonicNanoseconds()
        do {
            answer = try web.send(request)
        } catch {
            guard error.mayBeTheLine(wasReached: wasReached) else {
                throw .never(PushError(.unreachable, error.detail, cause: error))
            }
            throw .later(error, retryAfter: nil)
        }
        wasReached = true
        let status = answer.head.status
        let date = answer.head.headers["date"].flatMap(HTTPDate.parse)
        if status.code == 429 || status.code >= 500 {
            throw .later(nil, retryAfter: answer.head.headers["retry-after"])
        }
        guard status == .ok else { return (nil, status, date) }
        guard let document = try? JSONDocument(answer.body, depthMax: 8),
            let found = document.withRoot({ root -> (String, Double)? in
                guard let token = root.member("access_token")?.string, Self.isToken(token) else { return nil }
                return (token, root.member("expires_in").flatMap { Double($0.text) } ?? Self.standardSeconds)
            })
        else { throw .never(PushError(.answer, "the token endpoint's answer holds no token")) }
        let life = UInt64(min(max(found.1, 1), 86_400) * 1e9)
        return ((found.0, asked + life - min(Self.renewEarlyNanoseconds, life / 2)), status, date)
    }

    private static func isToken(_ text: String) -> Bool {
        (1...8192).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
