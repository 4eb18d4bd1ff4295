package import Access
package import Base
internal import JSONTape

/// A program that may ask for tokens: what a tenant's administrator set down about it.
package struct OAuthClient: Hashable, Sendable {
    /// How it proves who it is.
    package enum Authentication: String, Hashable, Sendable, CaseIterable {
        /// It cannot: an app on a device or in a browser. Its codes are bound to it by PKCE.
        case none
        /// By assertions that it signs with keys of its own.
        case privateKey = "private_key_jwt"
        /// By a secret that Martlet made.
        case secret = "client_secret_basic"
    }

    /// Its public keys.
    package enum Keys: Hashable, Sendable {
        /// A JSON Web Key Set.
        case set([UInt8])
        /// Where such a set lies.
        case address(String)
    }

    package let id: String
    package let tenant: TenantName
    package let created: Instant
    package let authentication: Authentication
    package var name: String
    /// Where people may be sent back to; compared as they are.
    package var redirectURIs: [String]
    package var keys: Keys?
    /// What it may ask for at most.
    package var scopes: SMARTScopes
    /// `Organization/ID` that it acts for.
    package var organization: String?
    /// Whether it may ask what tokens of its tenant stand for.
    package var mayIntrospect: Bool
    package var isDisabled = false
    var secretHash: [UInt8]?

    /// What goes with its tokens when it acts for itself.
    package var account: String { "client/" + id }
}

/// What is asked of a new client, or of one that is changed.
package struct ClientDraft: Sendable {
    package var name: String
    package var authentication: OAuthClient.Authentication
    package var redirectURIs: [String] = []
    package var keys: OAuthClient.Keys?
    package var scopes = SMARTScopes(clinical: [])
    package var organization: String?
    package var mayIntrospect = false

    package init(name: String, authentication: OAuthClient.Authentication) {
        self.name = name
        self.authentication = authentication
    }

    /// The scopes without clinical data that clients may be allowed.
    package static let otherScopes = [
        "openid", "fhirUser", "launch", "launch/patient", "online_access", "offline_access",
    ]

    private static let addressesMax = 20

    /// - Throws: `OAuthError.invalidRequest` with words for the administrator.
    func check(mayFetchKeys: Bool) throws(OAuthError) {
        let words = name.unicodeScalars
        guard (1...100).contains(words.count),
            words.allSatisfy({ $0.properties.generalCategory != .control }),
            !name.allSatisfy(\.isWhitespace)
        else { throw Self.wrong("a name has 1 to 100 characters and no control characters") }
        guard redirectURIs.count <= Self.addressesMax else {
            throw Self.wrong("a client has at most \(Self.addressesMax) redirect URIs")
        }
        guard redirectURIs.allSatisfy(WebAddress.isRedirectTarget) else {
            throw Self.wrong(
                "a redirect URI is https, or http to 127.0.0.1, [::1] or localhost, without fragment, user and wildcard"
            )
        }
        guard !scopes.isEmpty else { throw Self.wrong("a client needs at least one scope") }
        if let unknown = scopes.other.first(where: { !Self.otherScopes.contains($0) }) {
            throw Self.wrong("there is no scope \(unknown)")
        }
        let isForItself = scopes.clinical.contains { $0.context == .system }
        let isForPeople = !scopes.other.isEmpty || scopes.clinical.contains { $0.context != .system }
        guard !isForItself || authentication == .privateKey else {
            throw Self.wrong("a client with system scopes proves who it is by private_key_jwt")
        }
        guard !isForPeople || !redirectURIs.isEmpty else {
            throw Self.wrong("a client that people sign in with needs a redirect URI")
        }
        guard !mayIntrospect || authentication != .none else {
            throw Self.wrong("a client that asks what tokens stand for must prove who it is")
        }
        if let organization {
            let id = organization.dropFirst("Organization/".count)
            guard organization.hasPrefix("Organization/"), (1...64).contains(id.utf8.count),
                id.utf8.allSatisfy(Self.isIDByte)
            else { throw Self.wrong("an organization is written Organization/ID") }
        }
        try checkKeys(mayFetchKeys: mayFetchKeys)
    }

    private func checkKeys(mayFetchKeys: Bool) throws(OAuthError) {
        switch (authentication, keys) {
        case (.privateKey, .set(let bytes)): _ = try KeySet(bytes, passesOverOthers: false)
        case (.privateKey, .address(let address)):
            guard mayFetchKeys else {
                throw Self.wrong(
                    "this server does not fetch key sets: give the set itself instead of its address")
            }
            guard WebAddress.isKeySetAddress(address) else {
                throw Self.wrong("the address of a key set is https, without user and fragment")
            }
        case (.privateKey, nil): throw Self.wrong("private_key_jwt needs a key set")
        case (_, nil): break
        default: throw Self.wrong("only private_key_jwt takes a key set")
        }
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        isBase64URL(String(UnicodeScalar(byte)), count: 1...2) && byte != UInt8(ascii: "_")
            || byte == UInt8(ascii: ".")
    }

    private static func wrong(_ what: String) -> OAuthError {
        OAuthError(.invalidRequest, what)
    }
}

extension OAuthClient {
    /// What its row seals.
    func sealedForm() -> [UInt8] {
        var form = JSONWriter()
        form.add("authentication", authentication.rawValue)
        form.add("name", name)
        form.add("redirectURIs", redirectURIs)
        switch keys {
        case .set(let bytes): form.add("keySet", json: bytes)
        case .address(let address): form.add("keySetAddress", address)
        case nil: break
        }
        form.add("scopes", scopes.text)
        form.add("organization", organization)
        form.add("mayIntrospect", mayIntrospect)
        form.add("secretHash", secretHash.map { $0.withUnsafeBytes { Base64URL.encode($0) } })
        return form.finish()
    }

    /// - Throws: `OAuthError.storage` if the form is not what `sealedForm` makes.
    init(id: String, tenant: TenantName, created: Instant, isDisabled: Bool, sealedForm: [UInt8])
        throws
    {
        let document = try JSONDocument(sealedForm)
        self = try document.withRoot { form in
            guard
                let authentication = form.member("authentication")?.string.flatMap(
                    Authentication.init(rawValue:)),
                let name = form.member("name")?.string,
                let redirectURIs = form.member("redirectURIs")?.strings,
                let scopes = form.member("scopes")?.string.flatMap({ SMARTScopes($0) })
            else { throw OAuthError(.storage, "a client's row is malformed") }
            var keys: Keys?
            if let set = form.member("keySet") {
                let writer = ByteWriter()
                set.write(to: writer)
                keys = .set(writer.copy())
            } else if let address = form.member("keySetAddress")?.string {
                keys = .address(address)
            }
            var client = OAuthClient(
                id: id, tenant: tenant, created: created, authentication: authentication, name: name,
                redirectURIs: redirectURIs, keys: keys, scopes: scopes,
                organization: form.member("organization")?.string,
                mayIntrospect: form.member("mayIntrospect")?.bool ?? false)
            client.isDisabled = isDisabled
            client.secretHash = form.member("secretHash")?.string.flatMap(Base64URL.decode)
            return client
        }
    }
}
