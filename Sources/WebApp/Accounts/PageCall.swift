internal import Access
internal import Accounts
internal import HTTP

/// One request for an account page that was let in.
struct PageCall: Sendable {
    let request: HTTPRequest
    let form: QueryParameters
    /// `nil` only where the route needs nobody and nobody is signed in.
    let signedIn: SignedIn?
    let secret: SecretToken?

    /// A field of the form, at most 4,096 bytes of it; empty where it is not there.
    func field(_ name: String) -> String {
        let value = form[name] ?? ""
        return value.utf8.count <= 4096 ? value : ""
    }

    /// Whoever is signed in, with the session's secret.
    /// - Throws: `PageRefusal.signInFirst`; never on a route that needs a session.
    func session() throws(PageRefusal) -> (person: SignedIn, secret: SecretToken) {
        guard let signedIn, let secret else { throw .signInFirst }
        return (signedIn, secret)
    }

    /// The secret that the path holds.
    /// - Throws: `PageRefusal.linkIsOver` where that can be none.
    func token() throws(PageRefusal) -> SecretToken {
        guard let token = request.captures["token"].flatMap({ SecretToken($0) }) else { throw .linkIsOver }
        return token
    }

    /// What every form of a session repeats.
    var hidden: [(name: String, value: String)] {
        [(RequestOrigin.formField, signedIn?.csrfToken ?? "")]
    }

    /// Where to go once signed in: a path of this server, the account's page where none was given.
    var next: String {
        let given = form["next"] ?? request.query["next"] ?? ""
        let bytes = Array(given.utf8)
        let isOwnPath =
            bytes.first == UInt8(ascii: "/") && bytes.count <= 4096 && bytes.dropFirst().first != UInt8(ascii: "/")
            && bytes.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }
        return isOwnPath ? given : "/account"
    }
}

/// Why a page is not shown.
enum PageRefusal: Error, Sendable {
    case signInFirst
    /// The second factor's code, or setting it up, is due first.
    case due(SignedIn.Due)
    /// Another site may have sent the form.
    case crossSite
    case malformed
    case linkIsOver
    case unavailable
}

/// What a route answers, and what of it is to be audited.
struct PageAnswer: Sendable {
    var response: HTTPResponse
    /// Whose trail it belongs to; the session's tenant where it is `nil`.
    var tenant: TenantName?
    /// Who did it, where nobody was signed in before.
    var agent: String?
    var role: Role?
    var isRefused = false
    var resources: [String] = []
    var detail: String?
    /// Takes back what was done if the audit trail does not take it.
    var undo: (@Sendable () -> Void)?
    /// What is done once the answer was given.
    var afterwards: (@Sendable () -> Void)?

    init(_ response: HTTPResponse) {
        self.response = response
    }

    /// Sends the browser to another page, which it asks for by `GET`.
    static func redirect(_ path: String) -> PageAnswer {
        PageAnswer(HTTPResponse(status: .seeOther, headers: ["Location": path, "Cache-Control": "no-store"]))
    }
}
