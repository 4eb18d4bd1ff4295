import Access
import Base
import HTTP
import OAuth
import OAuthAPI
import Testing
import Vault

/// An app that people sign in with, and the honest way through the authorization-code flow.
struct App {
    static let address = "https://app.example/back"
    static let verifier = String(repeating: "v-1_", count: 12)

    let client: OAuthClient
    let world: World

    init(
        _ world: World,
        scope: String = "openid fhirUser launch launch/patient offline_access patient/*.rs user/*.rs",
        addresses: [String] = [address], tenant: TenantName = .standard
    ) throws {
        var draft = ClientDraft(name: "Growth <Charts>", authentication: .none)
        draft.redirectURIs = addresses
        draft.scopes = try #require(SMARTScopes(scope))
        client = try world.server.register(draft, tenant: tenant).client
        self.world = world
    }

    static func challenge(_ verifier: String = verifier) throws -> String {
        try SHA2.sha256(Array(verifier.utf8)).withUnsafeBytes { Base64URL.encode($0) }
    }

    /// What the app asks; `changes` replaces or, with `nil`, takes away.
    func request(
        scope: String = "openid fhirUser launch/patient patient/Observation.rs", _ changes: [String: String?] = [:]
    ) throws -> [(String, String)] {
        var fields = [
            ("response_type", "code"), ("client_id", client.id), ("redirect_uri", Self.address), ("scope", scope),
            ("state", "st&te=1"), ("aud", World.origin + "/fhir"), ("code_challenge", try Self.challenge()),
            ("code_challenge_method", "S256"), ("nonce", "n-1"),
        ]
        for (name, value) in changes {
            fields.removeAll { $0.0 == name }
            if let value { fields.append((name, value)) }
        }
        return fields
    }

    /// Reads the page's form and answers it.
    func decide(
        _ fields: [(String, String)], person: String, decision: String = "allow", patient: String? = nil,
        leavingOut: Set<String> = [], csrf: String? = nil
    ) async throws -> Answer {
        let page = try await world.get("/oauth/authorize", fields, person: person)
        #expect(page.status == 200, "\(page.status) \(page.headers["Location"] ?? page.text)")
        var form = page.text.split(separator: "\n").compactMap { line -> (String, String)? in
            guard let equals = line.firstIndex(of: "="), !line.hasPrefix("asks=") else { return nil }
            return (String(line[..<equals]), String(line[line.index(after: equals)...]))
        }
        form.removeAll { $0.0 == "scope_granted" && leavingOut.contains($0.1) }
        if let csrf {
            form.removeAll { $0.0 == "csrf" }
            form.append(("csrf", csrf))
        }
        if let patient { form.append(("patient", patient)) }
        return try await world.post("/oauth/authorize", form + [("decision", decision)], person: person)
    }

    /// Gets a code for what a person allows.
    func code(_ fields: [(String, String)]? = nil, person: String = "pat", patient: String? = nil) async throws
        -> String
    {
        let answer = try await decide(try fields ?? request(), person: person, patient: patient)
        #expect(answer.status == 303 && answer.headers["Location"]?.hasPrefix(Self.address + "?code=") == true)
        #expect(answer.parameter("state") == "st&te=1" && answer.parameter("iss") == World.origin)
        return try #require(answer.parameter("code"))
    }

    /// Exchanges a code; `changes` replaces or, with `nil`, takes away.
    func exchange(_ code: String, _ changes: [String: String?] = [:]) async throws -> Answer {
        var fields = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Self.address),
            ("code_verifier", Self.verifier), ("client_id", client.id),
        ]
        for (name, value) in changes {
            fields.removeAll { $0.0 == name }
            if let value { fields.append((name, value)) }
        }
        return try await world.post("/oauth/token", fields)
    }

    func refresh(_ token: String, scope: String? = nil, client id: String? = nil) async throws -> Answer {
        try await world.post(
            "/oauth/token",
            [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", id ?? client.id)]
                + (scope.map { [("scope", $0)] } ?? []))
    }
}
