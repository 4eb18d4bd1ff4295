internal import Access
internal import Accounts
internal import Base
internal import HTTP

extension PlatformAPI {
    func listUsers(_ call: PlatformCall) throws -> PlatformAnswer {
        let limit = try call.limit()
        let cursor = try call.request.query["cursor"].map { text throws(PlatformAPIError) in
            guard let id = UserID(text) else { throw PlatformAPIError(.malformed, "That is no cursor of a page.") }
            return id
        }
        let users = try accounts.users(of: call.person().tenant, after: cursor, countMax: limit + 1)
        let page = users.prefix(limit)
        let object = JSONObject()
        object.add("items", page.map(output(of:)))
        object.add("next", users.count > limit ? page.last?.id.description : nil)
        return PlatformAnswer(object)
    }

    func inviteUser(_ call: PlatformCall) throws -> PlatformAnswer {
        let body = try call.body("name", "displayName", "role", "fhirUser", "organizations")
        let profile = User.Profile(
            name: try loginName(body.required("name")), displayName: try body.required("displayName"),
            role: try role(body.required("role")), fhirUser: try body.text("fhirUser"),
            organizations: try body.texts("organizations") ?? [])
        let (user, link, isMailed) = try accounts.invite(profile, tenant: call.person().tenant)
        let object = output(of: user)
        object.add("invite", output(of: link, isMailed: isMailed))
        var answer = PlatformAnswer(.created, object)
        answer.response.headers["Location"] = Self.root + "/users/\(user.id)"
        answer.resources = [user.id.account]
        answer.detail = "role \(profile.role.rawValue)"
        return answer
    }

    func readUser(_ call: PlatformCall) throws -> PlatformAnswer {
        let user = try accounts.user(call.userID(), tenant: call.person().tenant)
        var answer = PlatformAnswer(output(of: user))
        answer.resources = [user.id.account]
        return answer
    }

    func updateUser(_ call: PlatformCall) throws -> PlatformAnswer {
        let person = try call.person()
        let body = try call.body("name", "displayName", "role", "fhirUser", "organizations", "enabled")
        // What says whose records somebody sees is an admin's to set, and so is the name that resets are mailed to.
        let own = ["name", "role", "fhirUser", "organizations", "enabled"].filter { body.has($0) }
        guard person.role == .admin || own.isEmpty else {
            throw PlatformAPIError(.forbidden, "Of one's own account displayName can be changed.")
        }
        let before = try accounts.user(call.userID(), tenant: person.tenant)
        var profile = before.profile
        if let name = try body.text("name") { profile.name = try loginName(name) }
        if let displayName = try body.text("displayName") { profile.displayName = displayName }
        if let text = try body.text("role") { profile.role = try role(text) }
        if body.has("fhirUser") { profile.fhirUser = try body.text("fhirUser") }
        if let organizations = try body.texts("organizations") { profile.organizations = organizations }
        let isEnabled = try body.bool("enabled")
        let user = try accounts.update(
            before.id, tenant: person.tenant, profile: profile, isEnabled: isEnabled, by: person.user)
        var answer = PlatformAnswer(output(of: user))
        answer.resources = [user.id.account]
        var changes: [String] = []
        if profile.role != before.profile.role {
            changes.append("role \(before.profile.role.rawValue) to \(profile.role.rawValue)")
        }
        if user.state != before.state { changes.append(user.state == .disabled ? "disabled" : "enabled") }
        if profile.fhirUser != before.profile.fhirUser { changes.append("fhirUser \(profile.fhirUser ?? "none")") }
        if profile.organizations != before.profile.organizations { changes.append("organizations") }
        if profile.name != before.profile.name { changes.append("sign-in name") }
        answer.detail = changes.isEmpty ? nil : changes.joined(separator: ", ")
        return answer
    }

    func deleteUser(_ call: PlatformCall) throws -> PlatformAnswer {
        let id = try call.userID()
        try accounts.delete(id, tenant: call.person().tenant)
        var answer = PlatformAnswer.nothing
        answer.resources = [id.account]
        return answer
    }

    func output(of link: Link, isMailed: Bool) -> JSONObject {
        let object = JSONObject()
        object.add("url", link.url)
        object.add("expires", link.expires)
        object.add("mailed", isMailed)
        return object
    }

    private func output(of user: User) -> JSONObject {
        let object = JSONObject()
        object.add("id", user.id.description)
        object.add("name", user.profile.name.text)
        object.add("displayName", user.profile.displayName)
        object.add("role", user.profile.role.rawValue)
        object.add("fhirUser", user.profile.fhirUser)
        object.add("organizations", user.profile.organizations)
        let state =
            switch user.state {
            case .invited: "invited"
            case .active: "active"
            case .disabled: "disabled"
            }
        object.add("state", state)
        object.add("secondFactor", user.hasSecondFactor)
        object.add("created", user.created)
        object.add("changed", user.changed)
        return object
    }

    private func loginName(_ text: String) throws(AccountsError) -> LoginName {
        guard let name = LoginName(text) else {
            throw AccountsError(.invalid, "A sign-in name has up to 254 characters and no spaces.")
        }
        return name
    }

    private func role(_ text: String) throws(PlatformAPIError) -> Role {
        guard let role = Role(rawValue: text) else {
            throw PlatformAPIError(
                .malformed, "role is one of \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return role
    }
}
