internal import Access
internal import Audit
internal import Base
internal import FHIRAPI
internal import HTTP
internal import RecordStore

/// What decisions and the audit trail cost: the same requests with both, as a clinician, and without either.
struct AccessBenchmark {
    let serving: ServingBenchmark

    private static let doctor = "Practitioner/martlet-bench"
    /// Patients in the clinician's care, and how many of them keep something from the clinician.
    private static let inCareMax = 2_000
    private static let restrictedShare = 10
    /// Resources of one transaction.
    private static let bundleEntries = 500
    /// What is to be left of the rate with all of it on.
    private static let keptShare = 0.7
    /// What a search may cost under restrictions, against the same without.
    private static let costMax = 1.5

    /// - Throws: `BenchmarkError.usage` if the store has no patient to care for.
    func run() throws -> [Measurement] {
        let sample = serving.sample
        let inCare = Set(sample.patients.prefix(Self.inCareMax))
        guard !inCare.isEmpty, !sample.searches.isEmpty else {
            throw BenchmarkError(.usage, "the store has no patients with Observations to care for")
        }
        serving.say("taking \(inCare.count) patients into care")
        try give(care: inCare.sorted())
        var facts = Subject.Facts(account: "user/martlet-bench", role: .clinician)
        facts.fhirUser = Self.doctor
        let doctor = Authority.subject(Subject(facts))
        let everybody = sample.reads
        let searches = sample.searches.filter { path in
            let id = path.split(separator: "=").dropFirst().first?.split(separator: "&").first
            return id.map { inCare.contains(String($0)) } ?? false
        }
        return [
            try pair("read by id, decided on and audited", everybody, doctor, refuses: true),
            try pair("search in patient scope, decided on and audited", searches, doctor),
            try restricted(searches, doctor),
        ]
    }

    /// Requests with everything on, next to the same with nothing.
    private func pair(
        _ work: String, _ paths: [String], _ doctor: Authority, refuses: Bool = false
    ) throws -> Measurement {
        let bare = try serving.get(paths, work + ": without", audit: { _, _, done in done(true) })
        // Whose records are not in care answer 404, which is no rate of reads: a client system sees them all.
        let authority = refuses ? Authority.subject(Subject(Self.system)) : doctor
        let full = try serving.get(paths, work, authority: authority)
        return Measurement(
            work, full.requestsPerSecond, "requests/s",
            target: .atLeast(bare.requestsPerSecond * Self.keptShare),
            floors: [.init("the same without decisions and audit", bare.requestsPerSecond)],
            details: [
                .init("keptShare", full.requestsPerSecond / max(1, bare.requestsPerSecond)),
                .init("p99Milliseconds", full.p99Milliseconds),
                .init("processorMicrosecondsPerRequest", full.processorMicrosecondsPerRequest),
                .init("bareProcessorMicrosecondsPerRequest", bare.processorMicrosecondsPerRequest),
            ])
    }

    private static var system: Subject.Facts {
        var facts = Subject.Facts(account: "client/martlet-bench", role: .system)
        facts.scopes = SMARTScopes(clinical: [SMARTScope(.system, [.read, .search])])
        return facts
    }

    /// Searches under restrictions, next to the same with the whole authority; both are audited.
    private func restricted(_ paths: [String], _ doctor: Authority) throws -> Measurement {
        let work = "search under restrictions, cost against none"
        let bare = try serving.get(paths, work + ": without")
        let full = try serving.get(paths, work, authority: doctor)
        return Measurement(
            work, bare.requestsPerSecond / max(1, full.requestsPerSecond), "times", target: .atMost(Self.costMax),
            details: [
                .init("requestsPerSecond", full.requestsPerSecond),
                .init("unrestrictedRequestsPerSecond", bare.requestsPerSecond),
            ])
    }

    /// Puts the clinician into a care team of each patient, and has some keep a kind of record from the clinician.
    private func give(care patients: [String]) throws {
        var resources = [#"{"resourceType":"Practitioner","id":"martlet-bench"}"#]
        for (place, patient) in patients.enumerated() {
            resources.append(
                #"{"resourceType":"CareTeam","id":"martlet-bench-\#(place)","status":"active","subject":{"reference":"#
                    + #""Patient/\#(patient)"},"participant":[{"member":{"reference":"\#(Self.doctor)"}}]}"#)
            guard place % Self.restrictedShare == 0 else { continue }
            resources.append(
                #"{"resourceType":"Consent","id":"martlet-bench-\#(place)","status":"active","patient":{"reference":"#
                    + #""Patient/\#(patient)"},"scope":{"coding":[{"system":"#
                    + #""http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"#
                    + #""category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"policyRule":{"text":"x"},"#
                    + #""provision":{"type":"deny","actor":[{"role":{"text":"x"},"reference":{"reference":"#
                    + #""\#(Self.doctor)"}}],"class":[{"system":"http://hl7.org/fhir/resource-types","#
                    + #""code":"DocumentReference"}]}}"#)
        }
        let scope = AccessScope(tenant: .standard, actor: "martlet bench")
        let api = try FHIRAPI(
            store: serving.store, pageKey: SipKey(low: 1, high: 2), audit: { _, _, done in done(true) },
            admission: { _ in .admitted(scope) })
        defer { api.stop() }
        var router = Router(renderError: FHIRAPI.errorRenderer())
        api.addRoutes(to: &router)
        for start in stride(from: 0, to: resources.count, by: Self.bundleEntries) {
            try send(resources[start..<min(start + Self.bundleEntries, resources.count)], router)
        }
        try serving.store.settle(scope)
    }

    private func send(_ resources: ArraySlice<String>, _ router: Router) throws {
        let entries = resources.map { resource in
            let words = resource.split(separator: "\"")
            return #"{"resource":\#(resource),"request":{"method":"PUT","url":"\#(words[3])/\#(words[7])"}}"#
        }
        let body = #"{"resourceType":"Bundle","type":"transaction","entry":[\#(entries.joined(separator: ","))]}"#
        let request = try HTTPRequest(
            method: .post, target: "/fhir", headers: ["Content-Type": "application/fhir+json"], body: Array(body.utf8))
        let waiter = AnswerWaiter()
        router(request, Reply { waiter.finish($0) })
        guard case .response(let response) = waiter.wait(), response.status == .ok else {
            throw BenchmarkError(.server, "the care teams are refused")
        }
    }
}
