internal import Access
internal import Audit
internal import Base
internal import OAuth

/// `martlet client add|list|disable|enable`: the systems and apps that may ask for tokens.
enum ClientCommand {
    static let command = Command(
        name: "client", summary: "add, list, disable and enable the systems and apps that may ask for tokens",
        operands: OperandFacts("add|list|disable|enable [ID]", min: 1, max: 2),
        options: [
            OptionFacts("tenant", "T", "whose client it is (default)"),
            OptionFacts("name", "TEXT", "what people know it by"),
            OptionFacts("scope", "SCOPES", "what it may ask for at most, with spaces between: 'system/*.rs'"),
            OptionFacts("jwks", "FILE", "its public keys: it signs for who it is (private_key_jwt)"),
            OptionFacts("jwks-url", "URL", "where its public keys lie, instead of --jwks"),
            OptionFacts("public", nil, "an app that cannot keep a secret; PKCE binds its codes to it"),
            OptionFacts(
                "redirect", "URLS", "where people may be sent back to, with spaces between; compared as they are"),
            OptionFacts("organization", "ID", "the Organization that it acts for"),
            OptionFacts("introspect", nil, "it may ask what tokens of its tenant stand for"),
            CommandTable.jsonOption,
        ],
        notes: """
            Without --jwks, --jwks-url and --public a client gets a secret, which is printed once and kept nowhere. What a
            client was given ends when it is disabled.
            """,
        onStore: run)

    @Sendable
    private static func run(
        _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws -> ExitCode {
        let tenant = try arguments.tenant()
        guard try installation.store.tenantNames().contains(tenant.description) else {
            throw MartletError(.input, "there is no tenant '\(tenant)'; martlet tenant list names them")
        }
        do {
            switch (arguments.operands[0], arguments.operands.dropFirst().first) {
            case ("add", nil): try add(installation, tenant, arguments, console)
            case ("list", nil): try list(installation, tenant, arguments, console)
            case ("disable", let id?): try change(id, isDisabled: true, installation, tenant, arguments, console)
            case ("enable", let id?): try change(id, isDisabled: false, installation, tenant, arguments, console)
            default: throw MartletError(.usage, "it takes add, list, disable ID or enable ID")
            }
            return .done
        } catch let error as OAuthError {
            throw MartletError(error.code == .invalidRequest ? .input : .system, error.detail, cause: error.cause)
        }
    }

    private static func draft(_ arguments: Arguments) throws -> ClientDraft {
        guard let name = arguments.text("name") else { throw MartletError(.usage, "--name TEXT is missing") }
        let keyOptions = ["jwks", "jwks-url", "public"].filter { arguments.flag($0) }
        guard keyOptions.count <= 1 else {
            throw MartletError(.usage, "--\(keyOptions[0]) and --\(keyOptions[1]) exclude each other")
        }
        let authentication: OAuthClient.Authentication =
            keyOptions.isEmpty ? .secret : keyOptions[0] == "public" ? .none : .privateKey
        var draft = ClientDraft(name: name, authentication: authentication)
        if let path = arguments.text("jwks") {
            draft.keys = .set(try InputFile.read(arguments.path(path), bytesMax: 1 << 20))
        }
        if let address = arguments.text("jwks-url") { draft.keys = .address(address) }
        guard let scopes = SMARTScopes(arguments.text("scope") ?? "") else {
            throw MartletError(.usage, "--scope is malformed")
        }
        draft.scopes = scopes
        draft.redirectURIs = (arguments.text("redirect") ?? "").split(separator: " ").map(String.init)
        draft.organization = arguments.text("organization").map { $0.contains("/") ? $0 : "Organization/" + $0 }
        draft.mayIntrospect = arguments.flag("introspect")
        return draft
    }

    private static func add(
        _ installation: Installation, _ tenant: TenantName, _ arguments: Arguments, _ console: Console
    ) throws {
        let (client, secret) = try installation.authorization.register(draft(arguments), tenant: tenant)
        try audit(.create, "client-create", client, installation)
        if arguments.flag("json") {
            let object = object(client)
            if let secret { object.add("client_secret", secret) }
            try console.say(object.text)
        } else {
            try console.say("client id: \(client.id)")
            if let secret { try console.say("client secret, shown this once: \(secret)") }
        }
    }

    private static func list(
        _ installation: Installation, _ tenant: TenantName, _ arguments: Arguments, _ console: Console
    ) throws {
        let clients = try installation.authorization.clients(of: tenant)
        if arguments.flag("json") {
            let all = JSONObject()
            all.add("clients", clients.map(object))
            return try console.say(all.text)
        }
        if clients.isEmpty { try console.say("There are no clients.") }
        for client in clients {
            let state = client.isDisabled ? " (disabled)" : ""
            try console.say("\(client.id)  \(client.authentication.rawValue)  \(client.name)\(state)")
            try console.say("    \(client.scopes.text)")
            for address in client.redirectURIs { try console.say("    \(address)") }
        }
    }

    private static func change(
        _ id: String, isDisabled: Bool, _ installation: Installation, _ tenant: TenantName, _ arguments: Arguments,
        _ console: Console
    ) throws {
        guard var client = try installation.authorization.client(id), client.tenant == tenant else {
            throw MartletError(.input, "there is no client \(id) of the tenant '\(tenant)'")
        }
        client.isDisabled = isDisabled
        try installation.authorization.update(client)
        try audit(.update, "client-update", client, installation)
        if arguments.flag("json") {
            try console.say(object(client).text)
        } else {
            try console.say("\(client.name) is \(isDisabled ? "disabled" : "enabled").")
        }
    }

    private static func audit(
        _ action: AuditEntry.Action, _ event: String, _ client: OAuthClient, _ installation: Installation
    ) throws {
        var entry = AuditEntry(
            .configuration, action, event, time: installation.authorization.now(), agent: "martlet operator")
        entry.detail = client.account + (client.isDisabled ? " is disabled" : "")
        _ = try installation.store.trails.record(entry, tenant: client.tenant)
    }

    private static func object(_ client: OAuthClient) -> JSONObject {
        let object = JSONObject()
        object.add("client_id", client.id)
        object.add("client_name", client.name)
        object.add("token_endpoint_auth_method", client.authentication.rawValue)
        object.add("redirect_uris", client.redirectURIs)
        object.add("scope", client.scopes.text)
        object.add("disabled", json: client.isDisabled ? "true" : "false")
        return object
    }
}
