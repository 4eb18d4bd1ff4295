import HTTP
import Testing

@Suite struct CapabilityTests {
    @Test func `the statement is a resource of R4 and tells what is served`() async throws {
        let test = try TestAPI()
        let answer = try await test.get("/fhir/metadata")
        #expect(answer.status == .ok && answer.headers["Content-Type"] == "application/fhir+json")
        let rest = answer.json["rest"][0]
        #expect(answer.json["fhirVersion"].text == "4.0.1" && rest["resource"].array.count == 148 - 2)
        let patient = try #require(rest["resource"].array.first { $0["type"].text == "Patient" })
        #expect(patient["interaction"].array.map { $0["code"].text }.contains("search-type"))
        let codes = Set(patient["interaction"].array.map { $0["code"].text })
        #expect(codes.isSuperset(of: ["read", "vread", "update", "patch", "delete", "history-type", "create"]))
        #expect(patient["conditionalDelete"].text == "multiple" && patient["conditionalCreate"].number == 1)
        #expect(
            patient["operation"].array.map { $0["name"].text } == [
                "everything", "export", "graphql", "meta", "meta-add", "meta-delete", "purge", "validate",
            ])
        let system = Set(rest["interaction"].array.map { $0["code"].text })
        #expect(system.isSuperset(of: ["transaction", "batch", "history-system"]))
        let operations = ["bulk-submit", "bulk-submit-status", "export", "graphql", "import", "meta"]
        #expect(rest["operation"].array.map { $0["name"].text } == operations)
        #expect(patient["searchRevInclude"].array.contains { $0.text == "Observation:subject" })
        let security = rest["security"]
        #expect(security["cors"].value as? Bool == true)
        #expect(security["service"][0]["coding"][0]["code"].text == "SMART-on-FHIR")
        let addresses = security["extension"][0]
        #expect(addresses["url"].text == "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris")
        #expect(addresses["extension"].array.map { $0["url"].text } == ["authorize", "token"])
        #expect(addresses["extension"][1]["valueUri"].text == "http://fhir.test/oauth/token")
        // It can be stored where it comes from: its structure is checked on the way.
        let stored = try await test.send(.post, "/fhir/CapabilityStatement", body: answer.text)
        #expect(stored.status == .created, "\(stored.text.prefix(500))")
        #expect(try await test.get("/fhir/metadata?mode=terminology").status == .badRequest)
        #expect(try await test.get("/fhir/metadata?_pretty=true").text.contains("\n  \"fhirVersion\": \"4.0.1\""))
    }

    @Test func `every parameter in the statement can be searched by`() async throws {
        let test = try TestAPI()
        let statement = try await test.get("/fhir/metadata").json
        var count = 0
        for resource in statement["rest"][0]["resource"].array {
            let type = resource["type"].text
            let names = resource["searchParam"].array.map { $0["name"].text }.filter { !$0.hasPrefix("_") }
            #expect(Set(names).count == names.count)
            if names.isEmpty { continue }
            let query = names.map { "\($0):missing=true" }.joined(separator: "&") + "&_id=x&_lastUpdated=gt2020"
            let answer = try await test.get("/fhir/\(type)?\(query)")
            #expect(answer.status == .ok, "\(type): \(answer.issue)")
            count += names.count
            for include in resource["searchInclude"].array where include.text != "*" {
                #expect(try await test.get("/fhir/\(type)?_include=\(include.text)").status == .ok)
            }
        }
        #expect(count > 1_000)
    }
}
