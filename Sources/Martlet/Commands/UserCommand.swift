internal import Access
internal import Accounts
internal import Audit
internal import Base

/// `martlet user add|list|passwd|reset|disable|enable`: the people of a tenant, for its operator.
enum UserCommand {
    static let command = Command(
        name: "user", summary: "add, list, disable and enable users, and set their passwords",
        operands: OperandFacts("add|list|passwd|reset|disable|enable [NAME]", min: 1, max: 2),
        options: [
            OptionFacts("tenant", "T", "whose user it is (default)"),
            OptionFacts("role", "ROLE", "admin, clinician, patient, auditor or reporter; for add"),
            OptionFacts("display-name", "TEXT", "what people know them by (the sign-in name); for add"),
            OptionFacts("fhir-user", "REF", "who they are in the records, such as Practitioner/p1; for add"),
            OptionFacts("organization", "IDS", "the Organizations that they act for, with spaces; for add"),
            OptionFacts("invite", nil, "add prints a link by which the user sets the password"),
            CommandTable.jsonOption,
        ],
        notes: """
            A password is asked for at the terminal, or read as one line from standard input. passwd sets it and ends all
            sessions of the user; reset prints a link, good for half an hour, by which the user does.
            """,
        onStore: run)

    /// Users that are read at a time.
    private static let pageCount = 200

    @Sendable
    private static func run(
        _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws -> ExitCode {
        let desk = UserDesk(
            installation: installation, tenant: try arguments.tenant(), arguments: arguments, console: console)
        do {
            switch (arguments.operands[0], arguments.operands.dropFirst().first) {
            case ("add", let name?): try add(loginName(name), desk)
            case ("list", nil): try list(desk)
            case ("passwd", let name?): try setPassword(desk.user(loginName(name)), desk)
            case ("reset", let name?): try reset(desk.user(loginName(name)), desk)
            case ("disable", let name?): try change(desk.user(loginName(name)), isEnabled: false, desk)
            case ("enable", let name?): try change(desk.user(loginName(name)), isEnabled: true, desk)
            default: throw MartletError(.usage, "it takes list, or add, passwd, reset, disable or enable with a NAME")
            }
            return .done
        } catch let error as AccountsError {
            throw MartletError(.input, error.detail, cause: error)
        }
    }

    private static func loginName(_ text: String) throws(MartletError) -> LoginName {
        guard let name = LoginName(text) else {
            throw MartletError(.usage, "a sign-in name has up to 254 characters and no spaces")
        }
        return name
    }

    private static func add(_ name: LoginName, _ desk: UserDesk) throws {
        guard let role = desk.arguments.text("role").flatMap(Role.init(rawValue:)), role != .system else {
            throw MartletError(.usage, "--role takes admin, clinician, patient, auditor or reporter")
        }
        let organizations = (desk.arguments.text("organization") ?? "").split(separator: " ").map { id in
            id.contains("/") ? String(id) : "Organization/\(id)"
        }
        let profile = User.Profile(
            name: name, displayName: desk.arguments.text("display-name") ?? name.text, role: role,
            fhirUser: desk.arguments.text("fhir-user"), organizations: organizations)
        try profile.check()
        if desk.arguments.flag("invite") {
            let (user, link, _) = try desk.accounts.invite(profile, tenant: desk.tenant)
            try desk.audit(.create, "user-create", user, detail: "role \(role.rawValue), invited")
            return try say(
                user, link: link, "Added \(name.text). The password is set at this link, within three days:", desk)
        }
        let password = try newPassword(desk.console)
        let user = try desk.accounts.addUser(profile, password: password, tenant: desk.tenant)
        try desk.audit(.create, "user-create", user, detail: "role \(role.rawValue)")
        try say(user, link: nil, "Added \(name.text).", desk)
    }

    private static func setPassword(_ user: User, _ desk: UserDesk) throws {
        let password = try newPassword(desk.console)
        try desk.accounts.setPassword(password, of: user.id, tenant: desk.tenant)
        try desk.audit(.update, "password-change", user)
        try say(
            try desk.accounts.user(user.id, tenant: desk.tenant), link: nil,
            "The password of \(user.profile.name.text) is set; all sessions ended.", desk)
    }

    private static func reset(_ user: User, _ desk: UserDesk) throws {
        let link = try desk.accounts.resetLink(of: user.id, tenant: desk.tenant).link
        try desk.audit(.update, "password-change", user, detail: "reset link")
        try say(user, link: link, "\(user.profile.name.text) sets a password at this link:", desk)
    }

    private static func change(_ user: User, isEnabled: Bool, _ desk: UserDesk) throws {
        let changed = try desk.accounts.update(
            user.id, tenant: desk.tenant, profile: user.profile, isEnabled: isEnabled, by: nil)
        try desk.audit(.update, "user-update", user, detail: isEnabled ? "enabled" : "disabled")
        try say(
            changed, link: nil, "\(user.profile.name.text) is \(isEnabled ? "enabled" : "disabled").", desk)
    }

    private static func list(_ desk: UserDesk) throws {
        var cursor: UserID?
        var users: [User] = []
        while true {
            let page = try desk.accounts.users(of: desk.tenant, after: cursor, countMax: pageCount)
            users += page
            guard page.count == pageCount, let last = page.last else { break }
            cursor = last.id
        }
        users.sort { $0.profile.name.text < $1.profile.name.text }
        if desk.arguments.flag("json") {
            let all = JSONObject()
            all.add("users", users.map(object))
            return try desk.console.say(all.text)
        }
        if users.isEmpty { try desk.console.say("There are no users.") }
        for user in users {
            let factor = user.hasSecondFactor ? ", second factor" : ""
            try desk.console.say(
                "\(user.profile.name.text)  \(user.profile.role.rawValue)  \(state(user))\(factor)  "
                    + user.profile.displayName)
        }
    }

    /// Asks for a password, at a terminal twice.
    private static func newPassword(_ console: Console) throws(MartletError) -> String {
        guard let password = try console.secret("New password: "), !password.isEmpty else {
            throw MartletError(.input, "no password was given")
        }
        if console.isTerminal, let again = try console.secret("Once more: "), again != password {
            throw MartletError(.input, "the two passwords differ")
        }
        return password
    }

    private static func say(_ user: User, link: Link?, _ text: String, _ desk: UserDesk) throws {
        if desk.arguments.flag("json") {
            let object = object(user)
            if let link { object.add("link", link.url) }
            return try desk.console.say(object.text)
        }
        try desk.console.say(text)
        if let link { try desk.console.say(link.url) }
    }

    private static func state(_ user: User) -> String {
        switch user.state {
        case .invited: "invited"
        case .active: "active"
        case .disabled: "disabled"
        }
    }

    private static func object(_ user: User) -> JSONObject {
        let object = JSONObject()
        object.add("id", user.id.description)
        object.add("name", user.profile.name.text)
        object.add("displayName", user.profile.displayName)
        object.add("role", user.profile.role.rawValue)
        if let fhirUser = user.profile.fhirUser { object.add("fhirUser", fhirUser) }
        object.add("organizations", user.profile.organizations)
        object.add("state", state(user))
        object.add("secondFactor", json: user.hasSecondFactor ? "true" : "false")
        return object
    }
}

/// What one call of `martlet user` works on.
struct UserDesk: Sendable {
    let installation: Installation
    let tenant: TenantName
    let arguments: Arguments
    let console: Console

    var accounts: Accounts { installation.accounts }

    /// - Throws: `MartletError.input` if the tenant has no user of that name.
    func user(_ name: LoginName) throws -> User {
        guard let user = try accounts.user(named: name, tenant: tenant) else {
            throw MartletError(.input, "the tenant '\(tenant)' has no user of this name")
        }
        return user
    }

    /// Writes a line of the audit trail and waits until it is durable.
    func audit(_ action: AuditEntry.Action, _ event: String, _ user: User, detail: String? = nil) throws {
        var entry = AuditEntry(.configuration, action, event, time: SystemClock().now(), agent: "martlet operator")
        entry.resources = [user.id.account]
        entry.detail = detail
        _ = try installation.store.trails.record(entry, tenant: tenant)
    }
}
