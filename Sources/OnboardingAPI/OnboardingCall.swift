internal import Base
package import Access
package import HTTP

/// One request that was let in.
package struct OnboardingCall: Sendable {
    package let request: HTTPRequest
    package let scope: AccessScope

    /// Whose data it is about.
    package var tenant: TenantName { scope.tenant }

    /// What the path names.
    /// - Throws: `OnboardingAPIError.notFound`; never for a name of the route's pattern.
    func captured(_ name: String) throws(OnboardingAPIError) -> String {
        guard let text = request.captures[name] else {
            throw OnboardingAPIError(.notFound, "Nothing is at this path.")
        }
        return text
    }

    /// - Throws: `OnboardingAPIError.malformed`.
    func body(_ names: String...) throws(OnboardingAPIError) -> JSONBody {
        try JSONBody(request.body, taking: names)
    }

    /// How many items a page has.
    /// - Throws: `OnboardingAPIError.malformed`.
    func limit(standard: Int = 50, max: Int = 200) throws(OnboardingAPIError) -> Int {
        guard let text = request.query["limit"] else { return standard }
        guard let value = Int(text), (1...max).contains(value) else {
            throw OnboardingAPIError(.malformed, "limit is from 1 to \(max).")
        }
        return value
    }
}

/// What a route answers, and what of it is to be audited beyond what every request is.
package struct OnboardingAnswer: Sendable {
    package var response: HTTPResponse
    /// What was touched, such as `upload/ID`.
    package var resources: [String] = []
    /// What the audit trail is told beside; no patient's data.
    package var detail: String?
    /// Gives another response later, in place of `response`; called once, must not block, and calls back once.
    package var wait: (@Sendable (@escaping @Sendable (HTTPResponse) -> Void) -> Void)?
    /// What is done once the answer was given, on a thread that may block.
    package var afterwards: (@Sendable () -> Void)?

    package init(_ response: HTTPResponse) {
        self.response = response
    }

    init(_ status: HTTPStatus = .ok, _ object: JSONObject) {
        response = HTTPResponse(
            status: status, contentType: "application/json", body: .bytes(Array(object.text.utf8)))
    }

    /// 204.
    static var nothing: OnboardingAnswer { OnboardingAnswer(HTTPResponse(status: .noContent)) }
}
