/// The rates of a server, by class of request; each class has a table of its own, so that one cannot crowd out another.
package struct RateLimits: Sendable {
    /// What kind of request it is.
    package enum Class: Sendable {
        /// Where passwords, codes and client credentials are tried: sign-in, token, reset.
        case signIn
        case write
        case read
    }

    /// `nil` sets no limit for a class.
    package struct Options: Sendable {
        /// By address this must let the workstations of a hospital through that share one; what is tried on one account
        /// is limited where accounts are kept.
        package var signIn: Rate? = Rate(60, perSeconds: 60)
        package var write: Rate? = Rate(500, burst: 2000)
        package var read: Rate? = Rate(1000, burst: 5000)
        /// How many subjects of a class are known at once.
        package var keysMax = 65_536

        package init() {}
    }

    private let signIn: RateLimiter?
    private let write: RateLimiter?
    private let read: RateLimiter?

    /// - Parameter limiter: makes the limiter of a rate for so many subjects; tests give it a clock of theirs.
    package init(
        _ options: Options = Options(),
        limiter: (Rate, Int) -> RateLimiter = { RateLimiter($0, keysMax: $1) }
    ) {
        signIn = options.signIn.map { limiter($0, options.keysMax) }
        write = options.write.map { limiter($0, options.keysMax) }
        read = options.read.map { limiter($0, options.keysMax) }
    }

    /// Whether one more request of this kind is refused.
    /// - Parameter isCounted: `false` only looks: for a request that will be counted when it is whole.
    package func refusal(of kind: Class, by subject: RateSubject, isCounted: Bool = true) -> HTTPError? {
        let limiter =
            switch kind {
            case .signIn: signIn
            case .write: write
            case .read: read
            }
        guard let limiter else { return nil }
        switch isCounted ? limiter.take(subject) : limiter.look(subject) {
        case .allowed: return nil
        case .refused(let nanoseconds):
            let seconds = Int(clamping: nanoseconds / 1_000_000_000 + 1)
            return HTTPError(
                .tooManyRequests(retryAfterSeconds: seconds), "Too many requests: try again in \(seconds) s.")
        }
    }

    /// `handler` for requests within their rate; others are answered 429 without it.
    /// - Parameter key: the class of a request and who it counts for; `nil` for what has no limit.
    package func limited(
        _ handler: @escaping Handler, renderError: @escaping ErrorRenderer = ProblemDocument.render,
        by key: @escaping @Sendable (HTTPRequest) -> (Class, RateSubject)?
    ) -> Handler {
        { request, reply in
            if let (kind, subject) = key(request), let error = refusal(of: kind, by: subject) {
                reply(renderError(error, request))
            } else {
                handler(request, reply)
            }
        }
    }
}
