internal import Access
internal import Accounts
internal import HTTP

extension AccountPages {
    func showSignIn(_ call: PageCall) -> PageAnswer {
        if let signedIn = call.signedIn { return go(signedIn.due, call.next) }
        return PageAnswer(
            page(SignInPage.page(tenant: call.request.query["tenant"] ?? "", next: call.next), path: "/account"))
    }

    func signIn(_ call: PageCall) throws -> PageAnswer {
        let tenant = call.field("tenant")
        let attempt = SignInAttempt(
            tenant: tenant.isEmpty ? TenantName.standard.description : tenant, name: call.field("name"),
            password: call.field("password"), address: call.request.remoteAddress,
            agent: call.request.headers["user-agent"] ?? "",
            device: accounts.cookie.device(of: call.request.headers))
        let outcome = try accounts.signIn(attempt)
        // A session that the browser had before is not carried over.
        if case .admitted(let admission) = outcome, let old = call.signedIn {
            try accounts.endSession(old, replacedBy: admission.signedIn)
        }
        return answer(outcome, call.next) { problem in
            SignInPage.page(tenant: tenant, name: call.field("name"), next: call.next, problem: problem)
        }
    }

    func showSecondFactor(_ call: PageCall) -> PageAnswer {
        guard let signedIn = call.signedIn, signedIn.due == .code else {
            return go(call.signedIn?.due ?? .nothing, call.next)
        }
        return PageAnswer(page(SecondFactorPage.page(hidden: call.hidden, next: call.next), path: "/account"))
    }

    func completeSignIn(_ call: PageCall) throws -> PageAnswer {
        let (_, secret) = try call.session()
        let outcome = try accounts.completeSignIn(
            secret, code: call.field("code"), address: call.request.remoteAddress,
            device: accounts.cookie.device(of: call.request.headers))
        return answer(outcome, call.next) { problem in
            SecondFactorPage.page(hidden: call.hidden, next: call.next, problem: problem)
        }
    }

    func signOut(_ call: PageCall) throws -> PageAnswer {
        let (person, _) = try call.session()
        try accounts.endSession(person.session, of: person.user, tenant: person.tenant)
        return signedOut()
    }

    func signOutEverywhere(_ call: PageCall) throws -> PageAnswer {
        let (person, _) = try call.session()
        try accounts.endSessions(of: person.user, tenant: person.tenant)
        return signedOut()
    }

    func setCookies(_ admission: Admission, _ response: inout HTTPResponse) {
        response.headers.add("Set-Cookie", accounts.cookie.session(admission.secret))
        if let device = admission.device { response.headers.add("Set-Cookie", accounts.cookie.device(device)) }
    }

    private func signedOut() -> PageAnswer {
        var answer = PageAnswer.redirect("/sign-in")
        answer.response.headers.add("Set-Cookie", accounts.cookie.removal)
        return answer
    }

    private func go(_ due: SignedIn.Due, _ next: String) -> PageAnswer {
        let query = next == "/account" ? "" : "?next=" + PercentEncoding.encode(next)
        switch due {
        case .nothing: return .redirect(next)
        case .code: return .redirect("/second-factor" + query)
        case .enrolment: return .redirect("/second-factor/setup" + query)
        }
    }

    private func answer(
        _ outcome: SignInOutcome, _ next: String, refused: (String) -> Page
    ) -> PageAnswer {
        switch outcome {
        case .refused(let error, let tenant, let user):
            var status = HTTPStatus.unauthorized
            var problem = "Name, password or code is wrong."
            var retry: String?
            if case .tooManyAttempts(let seconds) = error.code {
                status = .tooManyRequests
                problem = "Too many attempts. Try again in \(Figures.duration(seconds: Double(seconds)))."
                retry = String(seconds)
            }
            var answer = PageAnswer(page(refused(problem), path: "/account", status: status))
            answer.response.headers["Retry-After"] = retry
            answer.tenant = tenant
            answer.agent = user?.account
            answer.isRefused = true
            answer.detail = error.detail
            return answer
        case .admitted(let admission):
            let signedIn = admission.signedIn
            var answer = go(signedIn.due, next)
            setCookies(admission, &answer.response)
            answer.tenant = signedIn.tenant
            answer.agent = signedIn.facts.account
            answer.role = signedIn.role
            answer.detail = signedIn.due == .code ? "the second factor is due" : nil
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
}
