internal import Access
internal import Base
internal import JSONTape
internal import SQLDatabase
internal import Vault

/// What a launch from within the record system stands for.
struct Launch: Sendable {
    /// Whose launch it is: `user/ID`.
    var account: String
    var patient: String
    /// The one client that it is for; `nil` for any.
    var clientID: String?
}

extension GrantStore {
    /// Sets down a launch and makes its opaque name.
    func makeLaunch(_ launch: Launch, tenant: TenantName) throws -> String {
        let name = try randomText(byteCount: 32)
        var form = JSONWriter()
        form.add("account", launch.account)
        form.add("patient", launch.patient)
        form.add("client", launch.clientID)
        let sealed = try sealer.seal(form.finish(), tenant: tenant, context: "launch")
        let expires = clock.now().advanced(bySeconds: Double(options.launchSeconds))
        try write { connection in
            try tidy(in: connection)
            try connection.insert(
                OAuthTable.launches,
                [
                    .blob(try hash(name).bytes), .text(tenant.description), .integer(expires.microseconds),
                    .blob(sealed),
                ])
        }
        return name
    }

    /// What a launch stands for; `nil` if there is none of that name in the tenant, or it has expired.
    func launch(_ name: String, tenant: TenantName) throws -> Launch? {
        var found: Launch?
        try database.read { connection in
            let sql =
                "SELECT \(OAuthTable.launches.selection) FROM oauth_launches "
                + "WHERE launch_hash = $1 AND tenant = $2 AND expires > $3"
            let values: [SQLValue] = [
                .blob(try hash(name).bytes), .text(tenant.description), .integer(clock.now().microseconds),
            ]
            try connection.query(sql, values) { row in
                try rows.verify(row, OAuthTable.launches)
                let form = try sealer.open(Array(row.blob(3)), tenant: tenant, context: "launch")
                found = try JSONDocument(form).withRoot { form in
                    guard let account = form.member("account")?.string,
                        let patient = form.member("patient")?.string
                    else { throw OAuthError(.storage, "a launch's row is malformed") }
                    return Launch(account: account, patient: patient, clientID: form.member("client")?.string)
                }
                return false
            }
        }
        return found
    }

    /// Uses a launch up.
    /// - Returns: whether it was there.
    func useLaunch(_ name: String, tenant: TenantName) throws -> Bool {
        let hash = try hash(name)
        return try write { connection in
            let values: [SQLValue] = [.blob(hash.bytes), .text(tenant.description)]
            return try connection.delete(OAuthTable.launches, where: "launch_hash = $1 AND tenant = $2", values) > 0
        }
    }

    /// Takes the number of a client's assertion, durably and for as long as the assertion could come again.
    /// - Throws: `OAuthError.invalidClient` if it was taken before.
    func take(_ proof: ClientAssertion.Proof, client: OAuthClient) throws {
        let number = try SHA2.sha256(Array(proof.number.utf8))
        try write { connection in
            try tidy(in: connection)
            var isTaken = false
            let values: [SQLValue] = [.text(client.id), .blob(number)]
            let sql = "SELECT 1 FROM oauth_assertions WHERE client_id = $1 AND number_hash = $2"
            try connection.query(sql, values) { _ in
                isTaken = true
                return false
            }
            guard !isTaken else { throw JWT.refused("it was used before") }
            try connection.insert(OAuthTable.assertions, values + [.integer(proof.expires.microseconds)])
        }
    }
}
