internal import Access
internal import HTTP
internal import OAuth

extension OAuthAPI {
    func serveAuthorize(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        try ask(FormBody(request.query), request, &trace)
    }

    /// A client may post what it asks; the page posts what the person says.
    func servePostedAuthorize(_ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        let items = try FormBody.items(request)
        let form = try FormBody(items.filtered { $0 != "scope_granted" })
        guard let decision = form["decision"] else { return try ask(form, request, &trace) }
        guard let signedIn = signedIn(request) else { throw OAuthError(.loginRequired, "nobody is signed in") }
        trace.person(signedIn)
        guard let expected = signedIn.csrf, let given = form["csrf"], Self.equal(expected, given) else {
            throw OAuthError(.accessDenied, "the form is not of this session")
        }
        return try answering(form, &trace) { destination, asked, trace in
            trace.person(signedIn)
            guard signedIn.tenant == asked.client.tenant else {
                throw OAuthError(.accessDenied, "the person is of another tenant")
            }
            guard decision == "allow" else { throw OAuthError(.accessDenied, "the person denied it") }
            return try allow(asked, items.values("scope_granted"), form["patient"], signedIn, destination, &trace)
        }
    }

    /// Runs `body` for a request whose client and address are known; what it throws is told to the client.
    private func answering(
        _ form: FormBody, _ trace: inout Trace,
        _ body: (AuthorizationRequest.Destination, AuthorizationRequest, inout Trace) throws -> HTTPResponse
    ) throws -> HTTPResponse {
        let destination = try AuthorizationRequest.Destination(form, server, &trace)
        do {
            let asked = try AuthorizationRequest(
                form, at: destination, server, audiences: audiences(destination.client.tenant))
            return try body(destination, asked, &trace)
        } catch {
            let known = OAuthError.wrapping(error)
            if known.code == .storage { ports.reportFailure(error) }
            trace.refused(known.detail)
            return destination.answer([("error", known.code.rawValue)], issuer: issuer)
        }
    }

    private func audiences(_ tenant: TenantName) -> [String] {
        let own = ports.origin() + "/t/\(tenant)/fhir"
        return tenant == home ? [fhirBase(tenant), own] : [own]
    }

    private func ask(_ form: FormBody, _ request: HTTPRequest, _ trace: inout Trace) throws -> HTTPResponse {
        try answering(form, &trace) { _, asked, trace in
            guard let signedIn = signedIn(request) else {
                if asked.isSilent { throw OAuthError(.loginRequired, "nobody is signed in") }
                return signIn(asked)
            }
            if asked.isSilent { throw OAuthError(.consentRequired, "a person must allow it") }
            trace.person(signedIn)
            guard signedIn.tenant == asked.client.tenant else {
                throw OAuthError(.accessDenied, "the person is of another tenant")
            }
            return page(asked, try patient(asked, signedIn), signedIn, problem: nil)
        }
    }

    private func signIn(_ asked: AuthorizationRequest) -> HTTPResponse {
        let items = asked.fields.map { QueryParameters.Item($0.name, $0.value) }
        let target = "/oauth/authorize?" + QueryParameters(items).encoded
        return HTTPResponse(
            status: .seeOther,
            headers: ["Location": "/sign-in?return=" + PercentEncoding.encode(target), "Cache-Control": "no-store"])
    }

    /// Which patient it is about.
    private enum PatientChoice {
        case none
        case settled(String)
        case open
    }

    private func patient(_ asked: AuthorizationRequest, _ signedIn: SignedIn) throws -> PatientChoice {
        guard asked.needsPatient else { return .none }
        if let launch = asked.launch {
            let found = try server.patient(ofLaunch: launch, account: signedIn.facts.account, client: asked.client)
            guard let found else {
                throw OAuthError(.invalidRequest, "the launch is unknown, another's or has expired")
            }
            return .settled(found)
        }
        guard signedIn.facts.role == .patient else { return .open }
        let own = signedIn.facts.fhirUser.flatMap { user in
            user.hasPrefix("Patient/") ? String(user.dropFirst("Patient/".count)) : nil
        }
        // Who cares for others as a RelatedPerson has no record of their own and chooses.
        return own.map { .settled($0) } ?? .open
    }

    private func page(
        _ asked: AuthorizationRequest, _ choice: PatientChoice, _ signedIn: SignedIn, problem: String?
    ) -> HTTPResponse {
        var page = ConsentPage(
            clientName: asked.client.name, personName: signedIn.displayName,
            destination: WebAddress.origin(asked.redirectURI) ?? asked.redirectURI, items: [], asksPatient: false,
            patient: nil, problem: problem, action: "/oauth/authorize", hidden: asked.fields)
        page.items =
            asked.scopes.clinical.map { ConsentPage.Item(scope: $0.text, words: ConsentPage.words($0)) }
            + asked.scopes.other.map { ConsentPage.Item(scope: $0, words: ConsentPage.words($0)) }
        switch choice {
        case .none: break
        case .settled(let id): page.patient = id
        case .open: page.asksPatient = true
        }
        if let csrf = signedIn.csrf { page.hidden.append(("csrf", csrf)) }
        // Browsers hold the address that a form's answer leads on to against form-action too.
        let policy =
            "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
            + "frame-ancestors 'none'; form-action 'self' \(page.destination)"
        return HTTPResponse(
            status: problem == nil ? .ok : .forbidden,
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
                "Referrer-Policy": "no-referrer", "Content-Security-Policy": policy,
            ], body: .bytes(ports.renderConsent(page)))
    }

    /// Gives the code for what a person allowed.
    private func allow(
        _ asked: AuthorizationRequest, _ ticked: [String], _ chosen: String?, _ signedIn: SignedIn,
        _ destination: AuthorizationRequest.Destination, _ trace: inout Trace
    ) throws -> HTTPResponse {
        var scopes = asked.scopes
        scopes.clinical.removeAll { !ticked.contains($0.text) }
        scopes.other.removeAll { !ticked.contains($0) }
        guard !scopes.isEmpty else { throw OAuthError(.accessDenied, "the person allowed nothing of it") }
        let choice = try patient(asked, signedIn)
        var patient: String?
        if AuthorizationRequest.needsPatient(scopes) || asked.launch != nil {
            switch choice {
            case .none: break
            case .settled(let id): patient = id
            case .open: patient = chosen
            }
            guard let id = patient, Self.isID(id), ports.mayOpen(id, signedIn) else {
                trace.refused(
                    "the patient is unknown or not to be opened by the person",
                    patient: patient.flatMap { Self.isID($0) ? $0 : nil })
                return page(asked, choice, signedIn, problem: "There is no such patient that you may open.")
            }
        }
        if let launch = asked.launch, try !server.useLaunch(launch, client: asked.client) {
            throw OAuthError(.invalidRequest, "the launch was used before")
        }
        let consent = Consent(
            person: signedIn.facts, scopes: scopes, patient: patient, redirectURI: asked.redirectURI,
            challenge: asked.challenge, nonce: asked.nonce)
        let made = try server.makeCode(consent, client: asked.client)
        trace.undo = { [server] in try server.revokeGrant(made.grant) }
        trace.done("grant \(made.grant) to client/\(asked.client.id): \(scopes.text)", patient: patient)
        return destination.answer([("code", made.code)], issuer: issuer)
    }

    /// Whether a text can be the id of a resource.
    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
    }

    /// Whether two texts are the same, in a time that their length alone decides.
    static func equal(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return zip(left.utf8, right.utf8).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }
}
