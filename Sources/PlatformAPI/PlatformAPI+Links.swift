internal import Access
internal import Accounts
internal import Audit
internal import Base
internal import HTTP

extension PlatformAPI {
    /// The same answer for every name, before anything is looked up.
    func requestReset(_ call: PlatformCall) throws -> PlatformAnswer {
        let body = try call.body("tenant", "name")
        let tenant = try body.text("tenant") ?? TenantName.standard.description
        let name = try body.required("name")
        let object = JSONObject()
        object.add("detail", "If there is such a user with an address, a mail is on its way.")
        var answer = PlatformAnswer(.accepted, object)
        let address = call.request.remoteAddress
        answer.tenant = TenantName(tenant).flatMap { wanted in
            accounts.tenantList().contains { $0.name == wanted } ? wanted : nil
        }
        answer.afterwards = { [self] in
            do {
                _ = try accounts.requestReset(tenant: tenant, name: name, address: address)
            } catch {
                report(error)
            }
        }
        return answer
    }

    func acceptLink(_ call: PlatformCall, _ kind: Link.Kind) throws -> PlatformAnswer {
        let token = try call.token()
        let password = try call.body("password").required("password")
        guard try accounts.facts(of: token).kind == kind else {
            throw PlatformAPIError(.notFound, "This link is over or was used.")
        }
        let accepted = try accounts.accept(token, password: password, address: call.request.remoteAddress)
        var answer = PlatformAnswer.nothing
        if let device = accepted.device {
            answer.response.headers.add("Set-Cookie", accounts.cookie.device(device))
        }
        answer.tenant = accepted.tenant
        answer.agent = accepted.user.id.account
        answer.role = accepted.user.profile.role
        answer.resources = [accepted.user.id.account]
        return answer
    }

    func acceptSetup(_ call: PlatformCall) throws -> PlatformAnswer {
        let token = try call.token()
        let body = try call.body("name", "displayName", "password")
        let made = try accounts.acceptSetup(
            token, name: body.required("name"), displayName: body.required("displayName"),
            password: body.required("password"))
        let object = JSONObject()
        object.add("id", made.user.id.description)
        object.add("tenant", made.tenant.description)
        var answer = PlatformAnswer(.created, object)
        answer.tenant = made.tenant
        answer.agent = made.user.id.account
        answer.role = .admin
        answer.resources = [made.user.id.account]
        return answer
    }
}
