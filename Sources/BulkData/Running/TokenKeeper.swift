internal import Base
internal import HTTP
internal import WebClient

/// Gets the tokens by which a server lets this installation in, and new ones before they end.
/// - Source: SMART App Launch 2.2, Backend Services.
final class TokenKeeper: @unchecked Sendable {
    // Safe to share: what changes is used under `lock`.
    private let credential: ClientCredential
    private let base: WebLocation
    private let web: WebClient
    private let clock: any Clock
    private let lock = Lock()
    private var endpoint: (location: WebLocation, text: String)?
    private var token: String?
    private var ends = Instant(microseconds: 0)

    /// How long before its end a token is no more shown, in seconds; less for tokens that live only a little longer.
    private static let marginSeconds = 30.0

    init(_ credential: ClientCredential, base: WebLocation, web: WebClient, clock: any Clock) {
        self.credential = credential
        self.base = base
        self.web = web
        self.clock = clock
        endpoint = credential.tokenEndpoint.map { ($0, $0.text) }
    }

    /// A token that is good.
    /// - Parameter refused: one that the server did not take any more.
    /// - Throws: `PullFault`, `BulkDataError.key`.
    func token(_ cancellation: WebCancellation, insteadOf refused: String? = nil) throws -> String {
        try lock.withLock {
            if let token, token != refused, clock.now() < ends { return token }
            let answer = try ask(cancellation)
            token = answer.token
            let seconds = answer.lifetimeSeconds
            ends = clock.now().advanced(bySeconds: seconds - min(Self.marginSeconds, seconds / 4))
            return answer.token
        }
    }

    private func ask(_ cancellation: WebCancellation) throws -> TokenAnswer {
        let endpoint = try endpoint ?? discover(cancellation)
        guard endpoint.location.isSecure || !base.isSecure else {
            throw PullFault(.refused, "\(base.origin) would have its token asked for without TLS")
        }
        let assertion = try SignedAssertion.make(credential, audience: endpoint.text, now: clock.now())
        let form = QueryParameters([
            .init("grant_type", "client_credentials"), .init("scope", credential.scope),
            .init("client_assertion_type", SignedAssertion.type), .init("client_assertion", assertion),
        ])
        var request = WebRequest(
            .post, endpoint.location.text,
            headers: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"],
            body: .bytes(Array(form.encoded.utf8)))
        request.answerBytesMax = UInt64(TokenAnswer.bytesMax)
        request.redirectsMax = 0
        let (head, body) = try answer(request, cancellation)
        switch head.status.code {
        case 200: return try read { () throws(BulkDataError) in try TokenAnswer(body) }
        case 400...499 where head.status.code != 429 && head.status.code != 408:
            let code = TokenAnswer.problem(body) ?? String(head.status.code)
            throw PullFault(.refused, "\(endpoint.location.origin) gives this client no token: \(code)")
        default:
            throw PullFault(
                .transient, "\(endpoint.location.origin) gives no token now: \(head.status.code)",
                retryAfter: RetryAfter.seconds(head.headers["Retry-After"], now: clock.now()))
        }
    }

    private func discover(_ cancellation: WebCancellation) throws -> (location: WebLocation, text: String) {
        let source = base.below(".well-known/smart-configuration")
        var request = WebRequest(.get, source.text, headers: ["Accept": "application/json"])
        request.answerBytesMax = UInt64(SMARTConfiguration.bytesMax)
        let (head, body) = try answer(request, cancellation)
        guard head.status == .ok else {
            let isLater = head.status.code >= 500 || head.status == .tooManyRequests
            throw PullFault(
                isLater ? .transient : .refused,
                "\(base.origin) does not say where tokens are given out: \(head.status.code)")
        }
        let found = try read { () throws(BulkDataError) in try SMARTConfiguration(body, from: source) }
        let known = (found.tokenEndpoint, found.tokenEndpointText)
        endpoint = known
        return known
    }

    private func answer(
        _ request: WebRequest, _ cancellation: WebCancellation
    ) throws -> (head: WebResponse, body: [UInt8]) {
        do {
            return try web.send(request, cancellation: cancellation)
        } catch {
            throw PullFault.of(error)
        }
    }

    private func read<Answer>(_ body: () throws(BulkDataError) -> Answer) throws -> Answer {
        do {
            return try body()
        } catch {
            throw PullFault(.refused, "\(base.origin): \(error.detail)")
        }
    }
}
