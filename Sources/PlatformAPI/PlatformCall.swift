internal import Access
internal import Accounts
internal import Base
internal import HTTP

/// One request that was let in.
struct PlatformCall: Sendable {
    let request: HTTPRequest
    /// `nil` only where the route needs nobody.
    let signedIn: SignedIn?
    /// The session's secret; `nil` for a client's token.
    let secret: SecretToken?

    /// Whoever is signed in.
    /// - Throws: `PlatformAPIError.notSignedIn`; never on a route that needs somebody.
    func person() throws(PlatformAPIError) -> SignedIn {
        guard let signedIn else { throw PlatformAPIError(.notSignedIn, "Sign in first.") }
        return signedIn
    }

    /// The secret of the session, for what gives it another one.
    func session() throws(PlatformAPIError) -> SecretToken {
        guard let secret else { throw PlatformAPIError(.notSignedIn, "Sign in first.") }
        return secret
    }

    /// The user that the path names.
    /// - Throws: `PlatformAPIError.notFound` where that can be none.
    func userID() throws(PlatformAPIError) -> UserID {
        guard let id = request.captures["id"].flatMap({ UserID($0) }) else {
            throw PlatformAPIError(.notFound, "There is no such user.")
        }
        return id
    }

    /// The secret that the path holds.
    /// - Throws: `PlatformAPIError.notFound` where that can be none.
    func token() throws(PlatformAPIError) -> SecretToken {
        guard let token = request.captures["token"].flatMap({ SecretToken($0) }) else {
            throw PlatformAPIError(.notFound, "This link is over or was used.")
        }
        return token
    }

    func body(_ names: String...) throws(PlatformAPIError) -> JSONBody {
        try JSONBody(request.body, taking: names)
    }

    /// How many items a page has.
    /// - Throws: `PlatformAPIError.malformed`.
    func limit() throws(PlatformAPIError) -> Int {
        guard let text = request.query["limit"] else { return 50 }
        guard let value = Int(text), (1...200).contains(value) else {
            throw PlatformAPIError(.malformed, "limit is from 1 to 200.")
        }
        return value
    }

    /// How the client calls itself.
    var agent: String { request.headers["user-agent"] ?? "" }
}

/// What a route answers, and what of it is to be audited beyond what every request is.
struct PlatformAnswer: Sendable {
    var response: HTTPResponse
    /// Whose trail it belongs to; the session's tenant where it is `nil`.
    var tenant: TenantName?
    /// Who did it, where nobody was signed in before.
    var agent: String?
    var role: Role?
    /// Whether what was asked for was refused.
    var isRefused = false
    /// Whether a refusal is one that an attack would show itself by.
    var isSerious = false
    var patients: [String] = []
    var resources: [String] = []
    var detail: String?
    var purposeOfUse: String?
    /// Takes back what was done if the audit trail does not take it.
    var undo: (@Sendable () -> Void)?
    /// What is done once the answer was given.
    var afterwards: (@Sendable () -> Void)?

    init(_ response: HTTPResponse) {
        self.response = response
    }

    init(_ object: JSONObject) {
        self.init(.ok, object)
    }

    init(_ status: HTTPStatus, _ object: JSONObject) {
        response = HTTPResponse(
            status: status, contentType: "application/json", body: .bytes(Array(object.text.utf8)))
    }

    /// 204.
    static var nothing: PlatformAnswer { PlatformAnswer(HTTPResponse(status: .noContent)) }
}
