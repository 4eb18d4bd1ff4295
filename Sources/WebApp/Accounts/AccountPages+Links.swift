internal import Access
internal import Accounts
internal import HTTP

extension AccountPages {
    func showForgotten(_ call: PageCall) -> PageAnswer {
        PageAnswer(page(PasswordPage.forgotten, path: "/account"))
    }

    func requestReset(_ call: PageCall) -> PageAnswer {
        let tenant = call.field("tenant").isEmpty ? TenantName.standard.description : call.field("tenant")
        let name = call.field("name")
        let address = call.request.remoteAddress
        var answer = PageAnswer(page(PasswordPage.asked, path: "/account"))
        answer.afterwards = { [self] in
            do {
                _ = try accounts.requestReset(tenant: tenant, name: name, address: address)
            } catch {
                report(error)
            }
        }
        return answer
    }

    func showPassword(_ call: PageCall, _ kind: Link.Kind) throws -> PageAnswer {
        let token = try call.token()
        let facts = try accounts.facts(of: token)
        guard facts.kind == kind, let user = facts.user else { throw PageRefusal.linkIsOver }
        return passwordPage(kind, user, token, problem: nil)
    }

    func setPassword(_ call: PageCall, _ kind: Link.Kind) throws -> PageAnswer {
        let token = try call.token()
        let facts = try accounts.facts(of: token)
        guard facts.kind == kind, let user = facts.user else { throw PageRefusal.linkIsOver }
        var answer: PageAnswer
        do {
            let accepted = try accounts.accept(
                token, password: call.field("password"), address: call.request.remoteAddress)
            answer = PageAnswer(page(Self.done, path: "/account"))
            if let device = accepted.device {
                answer.response.headers.add("Set-Cookie", accounts.cookie.device(device))
            }
        } catch let error as AccountsError {
            guard error.code == .weakPassword else { throw error }
            answer = passwordPage(kind, user, token, problem: error.detail)
            answer.isRefused = true
            answer.detail = error.detail
        }
        answer.tenant = facts.tenant
        answer.agent = user.id.account
        answer.role = user.profile.role
        answer.resources = [user.id.account]
        return answer
    }

    func showSetup(_ call: PageCall) throws -> PageAnswer {
        let token = try call.token()
        let facts = try accounts.facts(of: token)
        guard facts.kind == .setup else { throw PageRefusal.linkIsOver }
        return setupPage(facts.tenant, token, call, problem: nil)
    }

    func setUp(_ call: PageCall) throws -> PageAnswer {
        let token = try call.token()
        let facts = try accounts.facts(of: token)
        guard facts.kind == .setup else { throw PageRefusal.linkIsOver }
        var answer: PageAnswer
        do {
            let made = try accounts.acceptSetup(
                token, name: call.field("name"), displayName: call.field("displayName"),
                password: call.field("password"))
            answer = PageAnswer(page(Self.done, path: "/account"))
            answer.agent = made.user.id.account
            answer.role = .admin
            answer.resources = [made.user.id.account]
        } catch let error as AccountsError {
            guard [.weakPassword, .invalid, .nameTaken].contains(error.code) else { throw error }
            answer = setupPage(facts.tenant, token, call, problem: error.detail)
            answer.isRefused = true
            answer.detail = error.detail
        }
        answer.tenant = facts.tenant
        return answer
    }

    private static let done = MessagePage.page(
        "The password is set", "You can sign in with it now.", link: ("Sign in", "/sign-in"))

    private func passwordPage(
        _ kind: Link.Kind, _ user: User, _ token: SecretToken, problem: String?
    ) -> PageAnswer {
        let (title, path) = kind == .invite ? ("Welcome to Martlet", "/invite/") : ("Set a new password", "/reset/")
        let shown = PasswordPage.page(
            title, name: user.profile.displayName, action: path + token.text, problem: problem)
        return PageAnswer(page(shown, path: "/account", status: problem == nil ? .ok : .unprocessableContent))
    }

    private func setupPage(
        _ tenant: TenantName, _ token: SecretToken, _ call: PageCall, problem: String?
    ) -> PageAnswer {
        let shown = PasswordPage.setup(
            tenant: tenant.description, action: "/setup/" + token.text, name: call.field("name"),
            displayName: call.field("displayName"), problem: problem)
        return PageAnswer(page(shown, path: "/account", status: problem == nil ? .ok : .unprocessableContent))
    }
}
