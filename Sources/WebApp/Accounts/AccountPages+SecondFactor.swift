internal import Access
internal import Accounts
internal import HTTP

extension AccountPages {
    func showEnrolment(_ call: PageCall) throws -> PageAnswer {
        let (person, _) = try call.session()
        guard try !accounts.user(person.user, tenant: person.tenant).hasSecondFactor else {
            return .redirect("/account")
        }
        return try enrolment(person, call, problem: nil)
    }

    func confirmEnrolment(_ call: PageCall) throws -> PageAnswer {
        let (person, secret) = try call.session()
        do {
            let confirmed = try accounts.confirmSecondFactor(
                of: person.user, tenant: person.tenant, code: call.field("code"), session: secret)
            var answer = PageAnswer(
                page(SecondFactorPage.recoveryCodes(confirmed.recoveryCodes, next: call.next), path: "/account"))
            if let admission = confirmed.admission { setCookies(admission, &answer.response) }
            answer.resources = [person.user.account]
            return answer
        } catch let error as AccountsError {
            guard error.code != .notFound else { throw error }
            if error.code == .refused { return .redirect("/account") }
            return try enrolment(person, call, problem: error.detail)
        }
    }

    func removeSecondFactor(_ call: PageCall) throws -> PageAnswer {
        let (person, secret) = try call.session()
        return try withPassword(call, person) {
            try accounts.removeSecondFactor(of: person.user, tenant: person.tenant, keeping: secret)
            return .redirect("/account")
        }
    }

    func renewRecoveryCodes(_ call: PageCall) throws -> PageAnswer {
        let (person, _) = try call.session()
        return try withPassword(call, person) {
            let codes = try accounts.renewRecoveryCodes(of: person.user, tenant: person.tenant)
            return PageAnswer(page(SecondFactorPage.recoveryCodes(codes, next: "/account"), path: "/account"))
        }
    }

    /// Does something for which the session alone is not enough; shows the account page with what was wrong otherwise.
    private func withPassword(
        _ call: PageCall, _ person: SignedIn, _ body: () throws -> PageAnswer
    ) throws -> PageAnswer {
        do {
            try accounts.requirePassword(call.field("password"), of: person.user, tenant: person.tenant)
            var answer = try body()
            answer.resources = [person.user.account]
            return answer
        } catch let error as AccountsError {
            return try account(call, problem: error)
        }
    }

    private func enrolment(_ person: SignedIn, _ call: PageCall, problem: String?) throws -> PageAnswer {
        let enrolment = try accounts.enrolSecondFactor(of: person.user, tenant: person.tenant)
        let shown = SecondFactorPage.enrolment(
            enrolment, isRequired: person.due == .enrolment, hidden: call.hidden, next: call.next, problem: problem)
        var answer = PageAnswer(
            page(shown, path: "/account", status: problem == nil ? .ok : .unprocessableContent))
        answer.isRefused = problem != nil
        answer.detail = problem
        answer.resources = [person.user.account]
        return answer
    }
}
