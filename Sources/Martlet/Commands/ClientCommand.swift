internal import Access
internal import Audit
internal import Base
internal import OAuth
internal import Push

/// What `martlet client` works on, while it is open.
struct ClientDesk: Sendable {
    var server: AuthorizationServer
    /// The names of the tenants that there are.
    var tenantNames: @Sendable () throws -> [String]
    /// Writes a line of the audit trail and waits until it is durable.
    var audit: @Sendable (AuditEntry, TenantName) throws -> Void
    /// What clients reach the server under.
    var origin: String
}

/// `martlet client add|list|disable|enable`: the systems and apps that may ask for tokens.
enum ClientCommand {
    static let command = Command(
        name: "client", summary: "add, list, disable and enable the systems and apps that may ask for tokens",
        operands: OperandFacts("add|list|disable|enable [ID]", min: 1, max: 2),
        options: [
            OptionFacts("tenant", "NAME", "whose client it is (\(TenantName.standard))"),
            OptionFacts("name", "TEXT", "what people know it by"),
            OptionFacts("scope", "SCOPES", "what it may ask for at most, with spaces: \"system/*.rs\""),
            OptionFacts("jwks", "FILE", "its public keys: it signs for who it is (private_key_jwt)"),
            OptionFacts("key-file", "OUT", "makes it a key of its own, and a file by which 'martlet push' signs in"),
            OptionFacts("server", "URL", "what the client reaches the server under, for --key-file"),
            OptionFacts("jwks-url", "URL", "where its public keys lie, instead of --jwks"),
            OptionFacts("public", nil, "an app that cannot keep a secret; PKCE binds its codes to it"),
            OptionFacts("redirect", "URLS", "where people may be sent back to, with spaces; compared as they are"),
            OptionFacts("organization", "ID", "the Organization that it acts for"),
            OptionFacts("introspect", nil, "it may ask what tokens of its tenant stand for"),
            CommandTable.jsonOption,
        ],
        notes: """
            With --key-file the new key is written to OUT alone, mode 0600: hand it to whoever runs 'martlet push'; it may
            bring in records unless --scope says otherwise.
            Without --jwks, --jwks-url, --key-file and --public a client gets a secret, which is printed once and
            kept nowhere. What a client was given ends when it is disabled.
            """,
        onStore: { installation, arguments, console in
            let store = installation.store
            return try run(
                arguments, console,
                ClientDesk(
                    server: installation.authorization, tenantNames: { try store.tenantNames() },
                    audit: { entry, tenant in _ = try store.trails.record(entry, tenant: tenant) },
                    origin: installation.origin))
        })

    private static func run(_ arguments: Arguments, _ console: Console, _ desk: ClientDesk) throws -> ExitCode {
        do {
            switch (arguments.operands[0], arguments.operands.dropFirst().first) {
            case ("add", nil): try add(arguments, console, desk)
            case ("list", nil): try list(arguments, console, desk)
            case ("disable", let id?): try change(id, isDisabled: true, arguments, console, desk)
            case ("enable", let id?): try change(id, isDisabled: false, arguments, console, desk)
            default: throw MartletError(.usage, "it takes add, list, disable ID or enable ID")
            }
            return .done
        } catch let error as OAuthError {
            throw MartletError(error.code == .invalidRequest ? .input : .system, error.detail, cause: error.cause)
        }
    }

    private static func tenant(_ arguments: Arguments, _ desk: ClientDesk) throws -> TenantName {
        guard let text = arguments.text("tenant") else { return .standard }
        guard let tenant = TenantName(text), try desk.tenantNames().contains(text) else {
            throw MartletError(.input, "there is no tenant '\(text)'")
        }
        return tenant
    }

    private static func draft(_ arguments: Arguments) throws -> ClientDraft {
        guard let name = arguments.text("name") else { throw MartletError(.usage, "--name TEXT is missing") }
        let keyOptions = ["jwks", "jwks-url", "public", "key-file"].filter { arguments.flag($0) }
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
        let standard = arguments.flag("key-file") ? ClientKey.standardScope : ""
        guard let scopes = SMARTScopes(arguments.text("scope") ?? standard) else {
            throw MartletError(.usage, "--scope is malformed")
        }
        draft.scopes = scopes
        draft.redirectURIs = (arguments.text("redirect") ?? "").split(separator: " ").map(String.init)
        draft.organization = arguments.text("organization").map { $0.contains("/") ? $0 : "Organization/" + $0 }
        draft.mayIntrospect = arguments.flag("introspect")
        return draft
    }

    private static func add(_ arguments: Arguments, _ console: Console, _ desk: ClientDesk) throws {
        let tenant = try tenant(arguments, desk)
        var draft = try draft(arguments)
        let file = try ClientKeyFile(arguments, origin: desk.origin)
        if let file { draft.keys = .set(file.publicKeySet) }
        let (client, secret) = try desk.server.register(draft, tenant: tenant)
        try audit(.create, "client-create", client, desk)
        if let file {
            do {
                try file.write(clientID: client.id, scope: client.scopes.text)
            } catch {
                // A client whose key nobody has is of no use.
                var useless = client
                useless.isDisabled = true
                try desk.server.update(useless)
                try audit(.update, "client-update", useless, desk)
                throw error
            }
        }
        if arguments.flag("json") {
            let object = object(client)
            if let secret { object.add("client_secret", secret) }
            if let file { object.add("key_file", file.path) }
            try console.say(object.text)
        } else {
            try console.say("client id: \(client.id)")
            if let secret { try console.say("client secret, shown this once: \(secret)") }
            if let file { try console.say("its private key is in \(file.path), and nowhere else") }
        }
    }

    private static func list(_ arguments: Arguments, _ console: Console, _ desk: ClientDesk) throws {
        let clients = try desk.server.clients(of: tenant(arguments, desk))
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
        _ id: String, isDisabled: Bool, _ arguments: Arguments, _ console: Console, _ desk: ClientDesk
    ) throws {
        let tenant = try tenant(arguments, desk)
        guard var client = try desk.server.client(id), client.tenant == tenant else {
            throw MartletError(.input, "there is no client \(id) of the tenant '\(tenant)'")
        }
        client.isDisabled = isDisabled
        try desk.server.update(client)
        try audit(.update, "client-update", client, desk)
        if arguments.flag("json") {
            try console.say(object(client).text)
        } else {
            try console.say("\(client.name) is \(isDisabled ? "disabled" : "enabled").")
        }
    }

    private static func audit(
        _ action: AuditEntry.Action, _ event: String, _ client: OAuthClient, _ desk: ClientDesk
    ) throws {
        var entry = AuditEntry(.configuration, action, event, time: desk.server.now(), agent: "martlet client")
        entry.detail = client.account + (client.isDisabled ? " is disabled" : "")
        try desk.audit(entry, client.tenant)
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
