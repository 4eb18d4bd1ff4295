internal import Access
internal import HTTP
internal import JSONTape
internal import OAuth

extension OAuthAPI {
    /// Whose session a request is of. A token that a person gave a client is none: it must not allow, launch or
    /// administer anything in the person's name.
    func signedIn(_ request: HTTPRequest) -> SignedIn? {
        guard let found = ports.session(request), found.facts.scopes == nil else { return nil }
        return found
    }

    /// Who is signed in, for a request that changes something.
    /// - Throws: `OAuthError.loginRequired`, `.accessDenied` if another site may have sent it.
    func person(_ request: HTTPRequest, isChange: Bool, _ trace: inout Trace) throws(OAuthError) -> SignedIn {
        guard let signedIn = signedIn(request) else { throw OAuthError(.loginRequired, "nobody is signed in") }
        trace.person(signedIn)
        if isChange, let expected = signedIn.csrf {
            guard let given = request.headers["x-csrf-token"], Self.equal(expected, given) else {
                throw OAuthError(.accessDenied, "the header X-CSRF-Token is not of this session")
            }
        }
        return signedIn
    }

    /// Reads a body of JSON.
    /// - Throws: `OAuthError.invalidRequest`.
    static func document(_ request: HTTPRequest) throws(OAuthError) -> JSONDocument {
        guard request.contentType?.essence == MediaType.json.essence, request.body.count <= 131_072,
            let document = try? JSONDocument(request.body, depthMax: 8),
            document.withRoot({ root in
                var names: Set<String> = []
                return root.isObject
                    && root.members.allSatisfy { names.insert(String(decoding: $0.name, as: UTF8.self)).inserted }
            })
        else { throw OAuthError(.invalidRequest, "the body must be one JSON object, each member once") }
        return document
    }

    /// Makes a launch: `{"patient": "ID", "client_id": "ID"}`, the client optional.
    func serveLaunch(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let signedIn = try person(request, isChange: true, &trace)
        guard [.clinician, .patient].contains(signedIn.facts.role) else {
            throw OAuthError(.accessDenied, "this role opens no records")
        }
        let (patient, clientID) = try Self.document(request).withRoot { (body) throws(OAuthError) in
            guard let patient = body.member("patient")?.string, Self.isID(patient) else {
                throw OAuthError(.invalidRequest, "patient must be the id of a patient")
            }
            return (patient, body.member("client_id")?.string)
        }
        guard ports.mayOpen(patient, signedIn) else {
            throw OAuthError(.notFound, "the patient is unknown or not to be opened by the person")
        }
        if let clientID {
            guard let client = try server.client(clientID), client.tenant == signedIn.tenant, !client.isDisabled else {
                throw OAuthError(.notFound, "there is no such client")
            }
        }
        let launch = try server.makeLaunch(
            account: signedIn.facts.account, patient: patient, clientID: clientID, tenant: signedIn.tenant)
        trace.done("a launch" + (clientID.map { " for client/" + $0 } ?? ""), patient: patient)
        var answer = JSONWriter()
        answer.add("launch", launch)
        answer.add("iss", fhirBase(signedIn.tenant))
        answer.add("expires_in", Int64(server.options.launchSeconds))
        return TokenAnswer.json(answer.finish(), status: .created)
    }
}
