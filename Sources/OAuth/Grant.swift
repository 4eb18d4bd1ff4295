package import Access
internal import Base
internal import JSONTape

/// What a client was allowed, by whom, and for which patient: what its codes and tokens stand for.
package struct Grant: Hashable, Sendable {
    /// Names the grant in the audit trail; all codes and tokens that come of one consent have it in common.
    package let id: String
    package let tenant: TenantName
    package let clientID: String
    /// The person that allowed it: `user/ID`; `nil` where the client acts for itself.
    package var account: String?
    package var role: Role
    package var fhirUser: String?
    package var organizations: [String]
    package var scopes: SMARTScopes
    /// The id of the patient that it is about.
    package var patient: String?
    package var purposeOfUse: String?

    /// What is known of whoever brings a token of it.
    package var facts: Subject.Facts {
        var facts = Subject.Facts(account: "client/" + clientID, role: role)
        facts.onBehalfOf = account
        facts.fhirUser = fhirUser
        facts.organizations = organizations
        facts.scopes = scopes
        facts.launchPatient = patient
        facts.purposeOfUse = purposeOfUse
        facts.session = id
        return facts
    }

    func write(to form: inout JSONWriter) {
        form.add("account", account)
        form.add("role", role.rawValue)
        form.add("fhirUser", fhirUser)
        form.add("organizations", organizations)
        form.add("scopes", scopes.text)
        form.add("patient", patient)
        form.add("purposeOfUse", purposeOfUse)
    }

    func sealedForm() -> [UInt8] {
        var form = JSONWriter()
        write(to: &form)
        return form.finish()
    }

    /// - Throws: `OAuthError.storage` if the form is not what `write` makes.
    init(id: String, tenant: TenantName, clientID: String, form: JSONValue) throws(OAuthError) {
        guard let role = form.member("role")?.string.flatMap(Role.init(rawValue:)),
            let organizations = form.member("organizations")?.strings,
            let scopes = form.member("scopes")?.string.flatMap({ SMARTScopes($0) })
        else { throw OAuthError(.storage, "a grant's row is malformed") }
        self.id = id
        self.tenant = tenant
        self.clientID = clientID
        self.role = role
        self.organizations = organizations
        self.scopes = scopes
        account = form.member("account")?.string
        fhirUser = form.member("fhirUser")?.string
        patient = form.member("patient")?.string
        purposeOfUse = form.member("purposeOfUse")?.string
    }

    package init(
        id: String, tenant: TenantName, clientID: String, account: String?, role: Role,
        fhirUser: String?,
        organizations: [String], scopes: SMARTScopes, patient: String?
    ) {
        self.id = id
        self.tenant = tenant
        self.clientID = clientID
        self.account = account
        self.role = role
        self.fhirUser = fhirUser
        self.organizations = organizations
        self.scopes = scopes
        self.patient = patient
    }
}
