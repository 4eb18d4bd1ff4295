package import Access
package import FHIR
package import JSONTape
package import Search

extension RecordStore {
    /// What is indexed for a tenant of each type, its custom parameters included, for reading queries.
    package func plans(_ scope: AccessScope) throws -> SearchPlans {
        try tenant(scope.tenant).scheme.plans
    }

    /// How the tenant's custom search parameters stand, by the ids of their SearchParameters.
    package func customParameters(_ scope: AccessScope) throws -> [CustomParameterStatus] {
        try tenant(scope.tenant).parameters.statuses
    }

    /// Waits until everything is indexed for the tenant's custom search parameters.
    /// - Parameter goesOn: asked now and then; `false` ends the wait.
    package func waitForReindexing(_ scope: AccessScope, while goesOn: () -> Bool = { true }) throws {
        try tenant(scope.tenant).parameters.waitUntilDone(goesOn)
    }

    /// Has everything indexed again for the custom parameter that a SearchParameter defines. Until that is done, searches
    /// by it are refused.
    /// - Returns: `false` if the SearchParameter is not in use.
    package func restartReindexing(_ scope: AccessScope, parameter id: String) throws -> Bool {
        try tenant(scope.tenant).restartReindexing(id)
    }
}

extension WriteBatch {
    /// What keeps a SearchParameter from being put to use; empty if nothing does, or if its status is not `active`.
    /// - Parameters:
    ///   - resource: what is about to be put, its structure checked.
    ///   - type: its type; of others than SearchParameter there is nothing to find.
    ///   - id: the id under which it is put.
    package func parameterFindings(
        _ resource: JSONValue, type: TypeID, id: @autoclosure () -> String
    ) -> [CustomParameterFinding] {
        guard type == indexer.parameterType else { return [] }
        let id = id()
        let plans = tenant.scheme.plans
        var findings: [CustomParameterFinding] = []
        let read = CustomParameterReader.read(
            resource, id: id, definitions: tenant.shared.definitions, findings: &findings)
        guard let parameter = read else { return findings }
        let replaced = Set(parameters.map(\.resourceID))
        let inUse = plans.customs.filter(\.state.isInUse).map(\.parameter)
        let others = inUse.filter { !replaced.contains($0.resourceID) } + parameters
        let limit = tenant.shared.limits.customParametersMax
        if others.count >= limit, !others.contains(where: { $0.resourceID == id }) {
            return [
                CustomParameterFinding(
                    code: .notSupported, path: "SearchParameter.status",
                    detail: "\(limit) custom search parameters are in use, which is as many as may be")
            ]
        }
        return CustomParameterCheck.findings(of: parameter, beside: others, base: tenant.shared.plans)
    }
}
