internal import Access
internal import Accounts
internal import Audit
internal import Base

/// `martlet tenant add|list|disable|enable`: the health systems and practices that share this server.
enum TenantCommand {
    static let command = Command(
        name: "tenant", summary: "add, list, disable and enable tenants: health systems and practices",
        operands: OperandFacts("add|list|disable|enable [NAME]", min: 1, max: 2),
        options: [
            OptionFacts("display-name", "TEXT", "what people call it (its name)"),
            CommandTable.jsonOption,
        ],
        notes: """
            A tenant has keys, users and records of its own; nothing of one can be reached from another. Adding one prints
            the link by which its first administrator is made. Whom a tenant is disabled for are all its people: their
            sessions end, its records stay.
            """,
        onStore: run)

    @Sendable
    private static func run(
        _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws -> ExitCode {
        do {
            switch (arguments.operands[0], arguments.operands.dropFirst().first) {
            case ("add", let name?): try add(tenant(name), installation, arguments, console)
            case ("list", nil): try list(installation, arguments, console)
            case ("disable", let name?): try change(tenant(name), isDisabled: true, installation, arguments, console)
            case ("enable", let name?): try change(tenant(name), isDisabled: false, installation, arguments, console)
            default: throw MartletError(.usage, "it takes list, add NAME, disable NAME or enable NAME")
            }
            return .done
        } catch let error as AccountsError {
            throw MartletError(.input, error.detail, cause: error)
        }
    }

    private static func tenant(_ text: String) throws(MartletError) -> TenantName {
        guard let name = TenantName(text), !text.hasPrefix("-") else {
            throw MartletError(.usage, "a tenant's name has 1 to 64 lower-case letters, digits and -, no - in front")
        }
        return name
    }

    private static func add(
        _ name: TenantName, _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws {
        let added = try installation.accounts.addTenant(name, displayName: arguments.text("display-name"))
        let link = try installation.accounts.setupLink(name)
        try audit(.create, "tenant-create", name, installation)
        if arguments.flag("json") {
            let object = object(added)
            if let link { object.add("setupLink", link.url) }
            return try console.say(object.text)
        }
        try console.say("Added the tenant \(name).")
        if let link {
            try console.say("Its first administrator is made at this link, which is good for three days:\n\(link.url)")
        }
    }

    private static func list(
        _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws {
        let tenants = installation.accounts.tenantList()
        if arguments.flag("json") {
            let all = JSONObject()
            all.add("tenants", tenants.map(object))
            return try console.say(all.text)
        }
        if tenants.isEmpty { try console.say("There are no tenants.") }
        for tenant in tenants {
            let shown = tenant.displayName == tenant.name.description ? "" : "  \(tenant.displayName)"
            try console.say("\(tenant.name)\(shown)\(tenant.isDisabled ? "  (disabled)" : "")")
        }
    }

    private static func change(
        _ name: TenantName, isDisabled: Bool, _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws {
        try installation.accounts.setDisabled(isDisabled, tenant: name)
        try audit(.update, isDisabled ? "tenant-disable" : "tenant-enable", name, installation)
        if arguments.flag("json") {
            let tenant = installation.accounts.tenantList().first { $0.name == name }
            return try console.say(tenant.map { object($0).text } ?? "{}")
        }
        try console.say("The tenant \(name) is \(isDisabled ? "disabled" : "enabled").")
    }

    private static func audit(
        _ action: AuditEntry.Action, _ event: String, _ tenant: TenantName, _ installation: Installation
    ) throws {
        let entry = AuditEntry(.configuration, action, event, time: SystemClock().now(), agent: "martlet operator")
        _ = try installation.store.trails.record(entry, tenant: tenant)
    }

    private static func object(_ tenant: Tenant) -> JSONObject {
        let object = JSONObject()
        object.add("name", tenant.name.description)
        object.add("displayName", tenant.displayName)
        object.add("disabled", json: tenant.isDisabled ? "true" : "false")
        return object
    }
}
