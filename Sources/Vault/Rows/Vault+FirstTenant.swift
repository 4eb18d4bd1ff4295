extension Vault {
    /// The keys of the tenant that came first: for what is of no tenant but must be the same at every start. Tenants keep
    /// their order and their root keys, so that it stays the first.
    /// - Parameter name: the tenant that is made where there is none yet.
    package func keysOfFirstTenant(orNew name: String) throws -> TenantKeys {
        try keys(ofTenant: tenantNames().first ?? name)
    }
}
