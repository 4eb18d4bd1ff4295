import Access
import Audit
import Base
import JSONTape
import Testing

@Suite struct AuditEventTests {
    private let json = AuditEventJSON(observer: "https://records.example.org") { agent in
        agent == "user/3" ? "Practitioner/p3" : nil
    }

    private func write(_ entry: AuditEntry, number: UInt64 = 7) throws -> (JSONDocument, String) {
        let writer = ByteWriter()
        json.write(NumberedEntry(number: number, entry: entry), tenant: .standard, to: writer)
        let bytes = writer.copy()
        return (try JSONDocument(bytes), String(decoding: bytes, as: UTF8.self))
    }

    @Test func `a read of a patient's record follows the pattern of a patient read`() throws {
        let (document, text) = try write(TestTrails.entry(3))
        document.withRoot { root in
            #expect(root.member("resourceType")?.string == "AuditEvent")
            #expect(root.member("id")?.string == "7")
            #expect(root.member("type")?.member("code")?.string == "rest")
            #expect(root.member("action")?.string == "R")
            #expect(root.member("outcome")?.string == "0")
            #expect(root.member("recorded")?.string == "2023-11-14T22:13:20.003Z")
            let agents = root.member("agent").map { Array($0.elements) } ?? []
            // The client, the person and the server.
            #expect(agents.map { $0.member("requestor")?.bool } == [false, true, false])
            #expect(agents[1].member("who")?.member("reference")?.string == "Practitioner/p3")
            #expect(agents[1].member("altId")?.string == "user/3")
            #expect(agents[0].member("network")?.member("type")?.string == "2")
            #expect(agents[2].member("network")?.member("type")?.string == "5")
            #expect(root.member("source")?.member("observer")?.member("display") != nil)
            let references = root.member("entity")?.elements.compactMap {
                $0.member("what")?.member("reference")?.string
            }
            #expect(references == ["Patient/patient-3", "Observation/obs-3"])
        }
        #expect(text.contains("IHE.BasicAudit.PatientRead\""))
        #expect(text.contains("\"description\":\"GET /fhir/Observation/obs-3\""))
    }

    @Test func `a search keeps the request as it came, and what was found by its types`() throws {
        var entry = TestTrails.entry(3)
        entry.event = "search-type"
        entry.action = .execute
        entry.resources = ["Observation/a", "Condition/b"]
        let (document, text) = try write(entry)
        #expect(text.contains("IHE.BasicAudit.PatientQuery\""))
        // GET /fhir/Observation/obs-3
        #expect(text.contains("\"query\":\"R0VUIC9maGlyL09ic2VydmF0aW9uL29icy0z\""))
        document.withRoot { root in
            let types = root.member("entity")?.elements.compactMap { $0.member("type")?.member("code")?.string }
            #expect(types == ["1", "Observation", "Condition", "2", "XrequestId"])
            let subtypes = root.member("subtype")?.elements.compactMap { $0.member("code")?.string }
            #expect(subtypes == ["search-type", "search"])
        }
    }

    @Test func `what failed, was refused or is about many patients claims no pattern`() throws {
        var failed = TestTrails.entry(3)
        failed.outcome = .minorFailure
        var refused = TestTrails.entry(3)
        refused.category = .denial
        var many = TestTrails.entry(3)
        many.patients.append("another")
        for entry in [failed, refused, many] { #expect(try !write(entry).1.contains("\"profile\"")) }
        #expect(try write(TestTrails.entry(3)).1.contains("\"profile\""))
    }

    @Test func `a client on behalf of a person is not the requestor`() throws {
        var entry = TestTrails.entry(1)
        entry.agent = "client/9"
        entry.onBehalfOf = "user/3"
        let (document, _) = try write(entry)
        document.withRoot { root in
            let agents = root.member("agent").map { Array($0.elements) } ?? []
            #expect(agents.map { $0.member("requestor")?.bool } == [false, true, false])
            #expect(agents[1].member("altId")?.string == "user/3")
        }
    }

    @Test func `entries of every kind are whole objects, hostile texts included`() throws {
        for category in AuditEntry.Category.allCases {
            for event in ["read", "search-type", "login", "logout", "export", "\"},{", "\u{0}", "  ", ""] {
                var entry = AuditEntry(
                    category, .execute, event, outcome: .seriousFailure, time: Instant(microseconds: .max),
                    agent: event)
                entry.detail = event
                entry.role = event
                entry.address = event
                entry.patients = [event]
                entry.resources = [event]
                entry.request = event
                entry.requestID = event
                entry.onBehalfOf = event
                entry.purposeOfUse = event
                let (document, text) = try write(entry)
                document.withRoot { root in
                    #expect(root.member("agent")?.elements.count(where: { _ in true }) == 3)
                    #expect(root.member("recorded")?.string == "9999-12-31T23:59:59.999Z")
                }
                #expect(!text.contains("\"\""), "no empty text: \(text)")
                #expect(!text.contains("[]") && !text.contains("{}"))
                #expect(!text.contains("\\u0000"))
            }
        }
    }

    @Test func `events that are written one behind the other stay apart`() throws {
        let writer = ByteWriter()
        writer.write("[")
        for number in 0..<3 {
            json.write(
                NumberedEntry(number: UInt64(number), entry: TestTrails.entry(number)), tenant: .standard, to: writer)
        }
        writer.write("]")
        let ids = try JSONDocument(writer.copy()).withRoot { $0.elements.compactMap { $0.member("id")?.string } }
        #expect(ids == ["0", "1", "2"])
    }
}
