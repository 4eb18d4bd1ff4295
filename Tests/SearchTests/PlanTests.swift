import FHIR
import Search
import Testing

@Suite struct PlanTests {
    @Test func `every search parameter of R4 compiles for every type it is for`() throws {
        let plans = try Shared.plans.get()
        var served = 0
        var unserved: Set<String> = []
        var asked = Set<UInt16>()
        for type in plans.definitions.concreteResourceTypes {
            let plan = plans.plan(for: type)
            #expect(plan.failures.isEmpty, "\(plan.name): \(plan.failures)")
            served += plan.parameters.count
            unserved.formUnion(plan.unserved)
            for parameter in plans.definitions.searchParameters(of: type) { asked.insert(parameter.id) }
        }
        #expect(plans.definitions.searchParameters.count == 1_400)
        #expect(asked.count == plans.definitions.searchParameters.filter { !$0.bases.isEmpty }.count)
        // R4 gives these no expression, and "part-agree" of Patient one that starts from DocumentReference.
        #expect(unserved == ["_content", "_filter", "_query", "_text", "age", "birthOrderBoolean", "part-agree"])
        #expect(served > 2_000)
        print("\(served) pairs of type and parameter are served, \(unserved.sorted()) are not")
    }

    @Test func `parameters that look at the same place share it`() throws {
        let plans = try Shared.plans.get()
        let observation = try #require(plans.definitions.type(named: "Observation"))
        let plan = plans.plan(for: observation)
        func paths(_ code: String) -> Set<UInt16> { Set(plan.parameters[code]?.uses.map(\.path) ?? []) }
        #expect(paths("combo-code") == paths("code").union(paths("component-code")))
        #expect(paths("patient") == paths("subject"))
        #expect(plan.parameters["patient"]?.uses.first?.target == "Patient")
        #expect(plan.parameters["subject"]?.uses.first?.target == nil)
        #expect(plan.parameters["code-value-quantity"]?.components.map(\.code) == ["code", "value-quantity"])
    }
}
