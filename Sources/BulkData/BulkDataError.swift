/// Why a pull cannot go on. Never holds what a resource says, nor a token, nor the query of an address.
package struct BulkDataError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// The server answered with what is not FHIR, or not what was asked for.
        case malformed
        /// The server, or a limit of this program, does not serve this.
        case notSupported
        /// More than is taken of one server.
        case tooLarge
        /// An address that is not asked: malformed, or where a token would leave its server.
        case address
        /// The server could not be reached, or the connection broke.
        case network
        /// The server does not know the client, or does not let it have this.
        case unauthorized
        /// The server failed at what was asked.
        case server
        /// The key of the client is unreadable or unfit.
        case key
        /// The disk or the database failed.
        case storage
        /// What was kept does not open: it was altered, or is of another version of this program.
        case damaged
        /// The order is wrong.
        case invalid
        /// There is no such pull.
        case missing
        /// Somebody stopped it.
        case cancelled
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
