internal import Accounts
internal import HTTP

extension AccountPages {
    func showAccount(_ call: PageCall) throws -> PageAnswer {
        try account(call, problem: nil)
    }

    func changePassword(_ call: PageCall) throws -> PageAnswer {
        let (person, secret) = try call.session()
        do {
            let admission = try accounts.changePassword(
                of: person.user, tenant: person.tenant, present: call.field("present"), new: call.field("new"),
                session: secret)
            var answer = PageAnswer.redirect("/account")
            if let admission { setCookies(admission, &answer.response) }
            answer.resources = [person.user.account]
            return answer
        } catch let error as AccountsError {
            return try account(call, problem: error)
        }
    }

    func endSession(_ call: PageCall) throws -> PageAnswer {
        let (person, _) = try call.session()
        let id = call.request.captures["session"] ?? ""
        do {
            try accounts.endSession(id, of: person.user, tenant: person.tenant)
        } catch let error as AccountsError {
            // It is over already: what was wanted.
            guard error.code == .notFound else { throw error }
        }
        return .redirect("/account")
    }

    /// The account page; with what was wrong with the form that was sent, if something was.
    func account(_ call: PageCall, problem: AccountsError?) throws -> PageAnswer {
        let (person, _) = try call.session()
        let user = try accounts.user(person.user, tenant: person.tenant)
        let sessions = try accounts.sessionList(of: user.id, tenant: person.tenant, current: person.session)
        let shown = AccountPage.page(user, sessions: sessions, hidden: call.hidden, problem: problem?.detail)
        var status = HTTPStatus.ok
        if let problem {
            if case .tooManyAttempts = problem.code {
                status = .tooManyRequests
            } else {
                status = .unprocessableContent
            }
        }
        var answer = PageAnswer(page(shown, path: "/account", status: status))
        answer.isRefused = problem != nil
        answer.detail = problem?.detail
        answer.resources = [user.id.account]
        return answer
    }
}
