import Access
import Accounts
import Audit
import Base
import HTTP
import Testing

@Suite struct AccessesRouteTests {
    private func entry(
        _ event: String, _ second: Int64, agent: String = "user/kim", patients: [String] = ["p1"],
        _ change: (inout AuditEntry) -> Void = { _ in }
    ) -> AuditEntry {
        var made = AuditEntry(
            .access, .read, event, time: Instant(microseconds: 1_790_000_000_000_000 + second * 1_000_000), agent: agent
        )
        made.patients = patients
        made.role = "clinician"
        made.resources = ["Observation/of-\(patients.last ?? "")"]
        made.request = "GET /fhir/Observation?name=Secret"
        made.detail = "Secret"
        made.address = "10.1.2.3"
        change(&made)
        return made
    }

    @Test func `a patient sees who looked at the own record, newest first, page by page`() async throws {
        let test = try TestPlatform()
        test.records.own("p1")
        test.records.add(entry("read", 1))
        test.records.add(entry("search-type", 2, patients: ["p1", "other-patient"]))
        test.records.add(entry("read", 3, patients: ["other-patient"]))
        test.records.add(
            entry("everything", 4, agent: "client/app") {
                $0.onBehalfOf = "user/gone"
                $0.category = .emergency
                $0.purposeOfUse = "BTG"
            })
        try test.add("pat", .patient)
        let own = try await test.signIn("pat")
        let first = try await test.send(.get, "/patients/p1/accesses?limit=2", as: own)
        #expect(first.status == .ok)
        let text = String(decoding: try first.body.collect(), as: UTF8.self)
        #expect(
            text.hasPrefix(
                "{\"items\":[{\"time\":\"2026-09-21T14:13:24.000Z\",\"who\":\"user/gone\",\"through\":\"Heart App\","
                    + "\"role\":\"clinician\",\"what\":\"Read the whole record\","
                    + "\"why\":\"break the glass, in an emergency\",\"purposeOfUse\":\"BTG\",\"emergency\":true,"
                    + "\"outcome\":\"done\"},{"), "\(text)")
        for hidden in ["other-patient", "Secret", "10.1.2.3", "of-p1"] { #expect(!text.contains(hidden)) }
        #expect(text.contains("Kim Lee"))
        let cursor = try #require(try test.text(first, "next"))
        let second = try await test.send(.get, "/patients/p1/accesses?limit=2&cursor=\(cursor)", as: own)
        #expect(try test.texts(second, "items").count == 1)
        #expect(try test.text(second, "next") == nil)
        #expect(test.trail.entries.last?.event == "access-list")
        #expect(test.trail.entries.last?.patients == ["p1"])
    }

    @Test(arguments: Role.allCases.filter { $0 != .system })
    func `of others' records only those who watch over the tenant are told`(_ role: Role) async throws {
        let test = try TestPlatform()
        test.records.add(entry("read", 1))
        try test.add("somebody", role)
        let own = try await test.signIn("somebody")
        let status = try await test.send(.get, "/patients/p1/accesses", as: own).status
        #expect(status == ([.admin, .auditor].contains(role) ? .ok : .notFound))
        #expect(try await test.send(.get, "/patients/p1/accesses?cursor=x", as: own).status == .badRequest)
    }
}
