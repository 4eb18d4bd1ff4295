import FHIR
import FHIRAPI
import HTTP
import RecordStore
import Search
import Testing

@Suite struct OpenAPITests {
    /// The document as anybody gets it, without a token.
    private func document(_ test: TestAPI) async throws -> (json: JSON, router: Router) {
        var router = test.router
        router.answer(.get, "/livez", summary: "Whether the process answers") { _ in HTTPResponse(text: "ok") }
        test.api.addDescription(to: &router)
        let client = TestClient(.inProcess(router.handler, renderError: FHIRAPI.errorRenderer()))
        let response = try await client.send(.get, "/api/openapi.json")
        #expect(response.status == .ok && response.headers["Content-Type"] == "application/json")
        let coded = try await client.send(.get, "/api/openapi.json", headers: ["Accept-Encoding": "gzip"])
        #expect(coded.headers["Content-Encoding"] == "gzip")
        #expect(try coded.body.collect().count * 4 < response.body.collect().count)
        return (try Answer(response).json, router)
    }

    @Test func `every route of the table is described, for each type where the type decides about parameters`()
        async throws
    {
        let test = try TestAPI()
        let (json, router) = try await document(test)
        #expect(json["openapi"].text == "3.0.3" && json["info"]["title"].text == "Martlet")
        let definitions = try TestAPI.definitions.get()
        let types = definitions.concreteResourceTypes.map { definitions[$0].name }
        var count = 0
        for route in router.routes where !route.pattern.description.hasPrefix("/t/{tenant}/") {
            let path = route.pattern.description
            let isOfType = path == "/fhir/{type}" || path == "/fhir/{type}/_search"
            for type in isOfType ? types : [""] {
                let place = isOfType ? path.replacing("{type}", with: type) : path
                let operation = json["paths"][place][route.method.name.lowercased()]
                #expect(!operation["summary"].text.isEmpty, "\(route.method.name) \(place) is not described")
                #expect(!operation["responses"].keys.isEmpty)
                count += 1
            }
        }
        #expect(count > types.count * 6)
        #expect(json["paths"]["/livez"]["get"]["security"].isThere)
        #expect(json["paths"]["/api/openapi.json"]["get"].isThere && json["paths"]["/graphql"]["post"].isThere)
        #expect(json["paths"]["/fhir/Patient/{id}/$everything"]["get"].isThere)
        #expect(json["components"]["securitySchemes"].keys == ["bearer", "cookie"])
        for (path, method) in [("/fhir/Patient", "get"), ("/fhir/{type}/{id}", "put"), ("/fhir/$export", "get")] {
            let codes = json["paths"][path][method]["responses"].keys
            #expect(codes.isSuperset(of: ["401", "403", "429"]), "\(path)")
        }
        let validation = json["paths"]["/fhir/{type}/{id}/$validate"]
        let modes = "#/components/parameters/query-mode.validate"
        #expect(validation["get"]["parameters"].array.contains { $0["$ref"].text == modes })
        #expect(validation["post"]["requestBody"].isThere)
        #expect(json["components"]["parameters"]["query-mode.validate"]["name"].text == "mode")
    }

    @Test func `every search parameter of every type is described, and no other`() async throws {
        let test = try TestAPI()
        let json = try await document(test).json
        let parameters = json["components"]["parameters"]
        let plans = test.store.plans
        var count = 0
        for type in plans.definitions.concreteResourceTypes {
            let plan = plans.plan(for: type)
            let described = json["paths"]["/fhir/" + plan.name]["get"]["parameters"].array.compactMap { item in
                let reference = item["$ref"].text
                let start = "#/components/parameters/"
                guard reference.hasPrefix(start + "search-") else { return nil as String? }
                return parameters[String(reference.dropFirst(start.count))]["name"].text
            }
            let expected = Set(plan.parameters.keys).union(["_id", "_lastUpdated"])
            #expect(Set(described) == expected && described.count == expected.count, "\(plan.name)")
            let form = json["paths"]["/fhir/\(plan.name)/_search"]["post"]["requestBody"]["content"][
                "application/x-www-form-urlencoded"]["schema"]["properties"]
            #expect(form.keys.isSuperset(of: expected))
            count += described.count
        }
        #expect(count > 1_400)
    }

    @Test func `what the description refers to is there, and its names are its own`() async throws {
        let json = try await document(TestAPI()).json
        var identifiers: Set<String> = []
        var references: Set<String> = []
        func walk(_ value: JSON) {
            let reference = value["$ref"].text
            if !reference.isEmpty { references.insert(reference) }
            let identifier = value["operationId"].text
            if !identifier.isEmpty { #expect(identifiers.insert(identifier).inserted, "\(identifier) twice") }
            for key in value.keys { walk(value[key]) }
            for item in value.array { walk(item) }
        }
        walk(json)
        for reference in references {
            var place = json
            for part in reference.dropFirst(2).split(separator: "/") { place = place[String(part)] }
            #expect(place.isThere, "\(reference) leads nowhere")
        }
        #expect(identifiers.count > 800 && references.count > 800)
    }
}
