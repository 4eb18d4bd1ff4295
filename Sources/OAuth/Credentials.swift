/// How a client says at the token endpoint who it is.
package enum Credentials: Sendable {
    /// By its name alone: only for clients that cannot prove it.
    case name(String)
    case secret(id: String, secret: String)
    case assertion(ClientAssertion)

    /// Who it claims to be.
    package var claimedID: String {
        switch self {
        case .name(let id), .secret(let id, _): id
        case .assertion(let assertion): assertion.clientID
        }
    }
}
