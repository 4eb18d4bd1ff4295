internal import Access
internal import Accounts
internal import Base
internal import HTTP

extension PlatformAPI {
    func signIn(_ call: PlatformCall) throws -> PlatformAnswer {
        let body = try call.body("tenant", "name", "password", "code")
        let attempt = SignInAttempt(
            tenant: try body.text("tenant") ?? TenantName.standard.description, name: try body.required("name"),
            password: try body.required("password"), code: try body.text("code"),
            address: call.request.remoteAddress, agent: call.agent,
            device: accounts.cookie.device(of: call.request.headers))
        return try answer(try accounts.signIn(attempt), call, ending: accounts.cookie.session(of: call.request.headers))
    }

    func completeSignIn(_ call: PlatformCall) throws -> PlatformAnswer {
        let code = try call.body("code").required("code")
        let outcome = try accounts.completeSignIn(
            call.session(), code: code, address: call.request.remoteAddress,
            device: accounts.cookie.device(of: call.request.headers))
        return try answer(outcome, call, ending: nil)
    }

    /// The answer to an attempt to sign in.
    /// - Parameter old: a session that the browser had before; it ends, so that none is carried over.
    private func answer(
        _ outcome: SignInOutcome, _ call: PlatformCall, ending old: SecretToken?
    ) throws -> PlatformAnswer {
        switch outcome {
        case .refused(let error, let tenant, let user):
            var response = Problems.response(of: error)
            if error.code == .wrongSecret {
                response = ProblemDocument(status: .unauthorized, detail: error.detail).response
            }
            var answer = PlatformAnswer(response)
            answer.tenant = tenant
            answer.agent = user?.account
            answer.isRefused = true
            answer.isSerious = error.code != .wrongSecret
            answer.detail = error.detail
            return answer
        case .admitted(let admission):
            if let old, let before = accounts.session(old) {
                try accounts.endSession(before, replacedBy: admission.signedIn)
            }
            let signedIn = admission.signedIn
            var answer = PlatformAnswer(.created, output(of: signedIn))
            answer.tenant = signedIn.tenant
            answer.agent = signedIn.facts.account
            answer.role = signedIn.role
            answer.detail = signedIn.due == .code ? "the second factor is due" : nil
            setCookies(admission, &answer.response)
            answer.undo = { [self] in
                do {
                    try accounts.endSession(signedIn)
                } catch {
                    report(error)
                }
            }
            return answer
        }
    }

    func setCookies(_ admission: Admission, _ response: inout HTTPResponse) {
        response.headers.add("Set-Cookie", accounts.cookie.session(admission.secret))
        if let device = admission.device { response.headers.add("Set-Cookie", accounts.cookie.device(device)) }
    }

    func readSession(_ call: PlatformCall) throws -> PlatformAnswer {
        PlatformAnswer(output(of: try call.person()))
    }

    func listSessions(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let items = try accounts.sessionList(of: person.user, tenant: person.tenant, current: person.session)
            .map { session in
                let object = JSONObject()
                object.add("id", session.id)
                object.add("created", session.created)
                object.add("lastUsed", session.seen)
                object.add("address", session.address)
                object.add("agent", session.agent)
                object.add("current", session.isCurrent)
                return object
            }
        let object = JSONObject()
        object.add("items", items)
        return PlatformAnswer(object)
    }

    func signOut(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        try accounts.endSession(person.session, of: person.user, tenant: person.tenant)
        return signedOut()
    }

    func endSession(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let id = call.request.captures["session"] ?? ""
        try accounts.endSession(id, of: person.user, tenant: person.tenant)
        return id == person.session ? signedOut() : .nothing
    }

    func signOutEverywhere(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        try accounts.endSessions(of: person.user, tenant: person.tenant)
        return signedOut()
    }

    private func signedOut() -> PlatformAnswer {
        var answer = PlatformAnswer.nothing
        answer.response.headers.add("Set-Cookie", accounts.cookie.removal)
        return answer
    }

    private func output(of signedIn: SignedIn) -> JSONObject {
        let user = JSONObject()
        user.add("id", signedIn.user.description)
        user.add("displayName", signedIn.displayName)
        user.add("role", signedIn.role.rawValue)
        user.add("fhirUser", signedIn.facts.fhirUser)
        let object = JSONObject()
        object.add("id", signedIn.session)
        object.add("tenant", signedIn.tenant.description)
        object.add("user", user)
        object.add("csrfToken", signedIn.csrfToken)
        let due =
            switch signedIn.due {
            case .nothing: "none"
            case .code: "code"
            case .enrolment: "enrolment"
            }
        object.add("due", due)
        return object
    }
}
