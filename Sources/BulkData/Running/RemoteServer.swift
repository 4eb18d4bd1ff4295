package import Base
internal import HTTP
internal import Synchronization
package import WebClient

/// Another FHIR server, as this installation talks to it: with a token where one is due, and nowhere else.
package final class RemoteServer: Sendable {
    let base: WebLocation
    private let web: WebClient
    private let clock: any Clock
    private let tokens: TokenKeeper?
    private let tokenOrigins: Set<String>

    /// - Parameters:
    ///   - credential: what the server knows this installation by; `nil` asks without a token.
    ///   - tokenOrigins: where tokens may go beside the server's own origin.
    package init(
        base: WebLocation, credential: ClientCredential?, web: WebClient, clock: any Clock, tokenOrigins: [String] = []
    ) {
        self.base = base
        self.web = web
        self.clock = clock
        self.tokenOrigins = Set(tokenOrigins)
        tokens = credential.map { TokenKeeper($0, base: base, web: web, clock: clock) }
    }

    /// Whether a token may be shown there.
    func maySendToken(to location: WebLocation) -> Bool {
        location.origin == base.origin || tokenOrigins.contains(location.origin)
    }

    /// Asks, with a token where `wantsToken`, and once more with a new token if the first was refused.
    /// - Parameter receive: gets the body of every answer but of one that is asked for once more.
    /// - Throws: `PullFault`.
    func send(
        _ method: HTTPMethod, _ location: WebLocation, headers: HTTPHeaders, wantsToken: Bool,
        acceptsCompression: Bool = false, bytesMax: UInt64, cancellation: WebCancellation,
        receive: (WebResponse, UnsafeRawBufferPointer) throws -> Void
    ) throws -> WebResponse {
        guard location.isSecure || !base.isSecure else {
            throw PullFault(.refused, "\(base.origin) names \(location.origin), which is not asked without TLS")
        }
        var request = WebRequest(method, location.text, headers: headers)
        request.acceptsCompression = acceptsCompression
        request.answerBytesMax = bytesMax
        guard wantsToken, let tokens else { return try send(request, cancellation, receive) }
        guard maySendToken(to: location) else {
            throw PullFault(
                .refused, "\(base.origin) wants its token shown to \(location.origin), which nobody allowed")
        }
        var token = try tokens.token(cancellation)
        for isSecondTime in [false, true] {
            request.headers["Authorization"] = "Bearer " + token
            let response = try send(request, cancellation) { response, piece in
                if response.status != .unauthorized || isSecondTime { try receive(response, piece) }
            }
            guard response.status == .unauthorized, !isSecondTime else { return response }
            token = try tokens.token(cancellation, insteadOf: token)
        }
        throw PullFault(.refused, "\(location.origin) lets nobody in")
    }

    /// As `send`, and gives the body whole.
    func fetch(
        _ method: HTTPMethod, _ location: WebLocation, headers: HTTPHeaders, wantsToken: Bool, bytesMax: Int,
        cancellation: WebCancellation
    ) throws -> (response: WebResponse, body: [UInt8]) {
        var body: [UInt8] = []
        let response = try send(
            method, location, headers: headers, wantsToken: wantsToken, acceptsCompression: true,
            bytesMax: UInt64(bytesMax), cancellation: cancellation
        ) { _, piece in body.append(contentsOf: piece) }
        return (response, body)
    }

    private func send(
        _ request: WebRequest, _ cancellation: WebCancellation,
        _ receive: (WebResponse, UnsafeRawBufferPointer) throws -> Void
    ) throws -> WebResponse {
        do {
            return try web.send(request, cancellation: cancellation, receive: receive)
        } catch {
            throw PullFault.of(error)
        }
    }

    /// What the server means by an answer that is none of those that were hoped for.
    /// - Parameter isVerdict: whether a 500 is the server's last word on what it was asked to do.
    func fault(_ response: WebResponse, _ body: [UInt8], isVerdict: Bool = false) -> PullFault {
        let issues = OutcomeIssue.read(body)
        let status = response.status.code
        let words = "\(base.origin) answers \(status) \(response.status.reason)"
        let codes = Set(issues.map(\.code)).sorted().prefix(3).joined(separator: ", ")
        let detail = codes.isEmpty ? words : "\(words) (\(codes))"
        let pause = RetryAfter.seconds(response.headers["Retry-After"], now: clock.now())
        switch status {
        case 429: return PullFault(.busy, detail, retryAfter: pause)
        case 404, 410: return PullFault(.gone, detail)
        case 405, 501: return PullFault(.notSupported, detail)
        case 416: return PullFault(.changed, detail)
        case 408, 425, 502, 503, 504: return PullFault(.transient, detail, retryAfter: pause)
        case 500...599:
            let isFinal = isVerdict && !issues.isEmpty && !issues.contains(where: \.isTransient)
            return PullFault(isFinal ? .refused : .transient, detail, retryAfter: pause)
        case 400...499 where issues.contains(where: \.isTransient):
            return PullFault(.transient, detail, retryAfter: pause)
        case 400...499 where issues.contains(where: \.isNotSupported): return PullFault(.notSupported, detail)
        default: return PullFault(.refused, detail)
        }
    }
}

extension PullFault {
    /// What a request that came to nothing means for the pull.
    static func of(_ error: WebClientError) -> any Error {
        switch error.code {
        case .receiverFailed: error.cause ?? PullFault(.transient, error.detail)
        case .cancelled: PullFault(.cancelled, "the pull was stopped")
        default: PullFault(error.isTemporary ? .transient : .refused, error.detail)
        }
    }
}
