package import Access
package import HTTP

extension FHIRAPI {
    /// Who sends a request.
    package enum Admission: Sendable {
        case admitted(AccessScope)
        /// It has no credential.
        case anonymous
        /// Its credential is not valid, or not any more.
        case unknown
        /// Its credential is good, yet this may not be asked with it: why, in words for the one who asks.
        case refused(AccessScope, String)
    }

    /// Says who sends a request. Called on every request, on the server's thread.
    package typealias Admit = @Sendable (HTTPRequest) -> Admission

    /// Admits by bearer tokens alone.
    /// - Parameter authenticate: says whose a token is, in constant time; `nil` if nobody's.
    package static func bearer(_ authenticate: @escaping @Sendable (_ token: String) -> AccessScope?) -> Admit {
        { request in
            guard let token = BearerToken.of(request.headers) else { return .anonymous }
            return authenticate(token).map { .admitted($0) } ?? .unknown
        }
    }
}

extension FHIRAPI {
    /// Every route with what it takes of whoever asks: paths below the interface's address.
    package static var needs: [(method: HTTPMethod, path: String, need: AccessNeed)] {
        routes.map { ($0.method, $0.path, $0.needs) }
    }
}
