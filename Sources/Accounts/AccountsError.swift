/// Why something about accounts could not be done. Never holds a name, a password or another secret.
package struct AccountsError: Error, CustomStringConvertible {
    /// What is wrong, for whoever decides on the answer.
    package enum Code: Hashable, Sendable {
        /// A value is malformed or out of bounds; the detail says which.
        case invalid
        /// The password does not meet the policy; the detail says why.
        case weakPassword
        /// Another user of the tenant has this login name.
        case nameTaken
        /// There is no such tenant, user, session, link or grant, or it is over.
        case notFound
        /// It must not be, such as taking the last admin away.
        case refused
        /// The secret that was given is wrong.
        case wrongSecret
        /// Too many attempts; again after so many seconds.
        case tooManyAttempts(retryAfterSeconds: Int)
        /// Too much is under way; try again later.
        case busy
        /// The store holds what this program cannot read.
        case damaged
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
