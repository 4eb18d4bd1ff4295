import Base
import GraphQL
import Testing

/// Requests that are small to send and would be large to answer.
@Suite struct BombTests {
    /// Refused with code `limit` within a time that shows nothing grew.
    private func expectRefused(
        _ query: String, _ wanted: String, resources: [String] = [], variables: String? = nil,
        limits: ((inout GraphQLLimits) -> Void)? = nil
    ) throws {
        let tester = try Tester(resources, limits: limits)
        let started = monotonicNanoseconds()
        let refused = try tester.run(query, variables: variables).refused
        let seconds = Double(monotonicNanoseconds() - started) / 1e9
        #expect(refused.first?.code == .limit, "\(refused.first?.detail ?? "answered")")
        #expect(refused.first?.detail.contains(wanted) ?? false, "\(refused.first?.detail ?? "")")
        #expect(seconds < 60)
    }

    @Test func `selections through fragments nest no deeper than others`() throws {
        var query = "{Patient(id:1){...F0}}"
        for place in 0..<100 { query += "fragment F\(place) on Patient{link{other{resource{...F\(place + 1)}}}}" }
        query += "fragment F100 on Patient{id}"
        try expectRefused(query, "deeper than 32")
    }

    @Test func `fragments that double at every step`() throws {
        var query = "{Patient(id:1){...F0}}"
        for place in 0..<25 {
            query +=
                "fragment F\(place) on Patient{"
                + "a:managingOrganization{resource{...F\(place + 1)}}b:managingOrganization{resource{...F\(place + 1)}}}"
        }
        query += "fragment F25 on Patient{id}"
        try expectRefused(query, "")
        var flat = "{Patient(id:1){...F0}}"
        for place in 0..<14 {
            flat +=
                "fragment F\(place) on Patient{a\(place):name{...G\(place)} ...F\(place + 1)}"
                + "fragment G\(place) on HumanName{\((0..<100).map { "x\($0):family" }.joined(separator: " "))}"
        }
        flat += "fragment F14 on Patient{id}"
        #expect(try Tester().run(flat).refused.isEmpty)
    }

    @Test func `a thousand aliases for one search`() throws {
        let patients = (0..<20).map { #"{"resourceType":"Patient","id":"p\#($0)"}"# }
        let query = "{" + (0..<2_500).map { "a\($0):PatientList{id}" }.joined() + "}"
        try expectRefused(query, "searches", resources: patients, limits: { $0.searchesMax = 100 })
        try expectRefused(query, "resources", resources: patients, limits: { $0.resourcesMax = 1_000 })
        try expectRefused(
            "{" + (0..<3_000).map { "a\($0):PatientList{id}" }.joined() + "}", "more than 5000 selections")
    }

    @Test func `references that lead in a circle multiply up to the limit only`() throws {
        let links = Array(repeating: #"{"other":{"reference":"Patient/p"}}"#, count: 40).joined(separator: ",")
        let patient = #"{"resourceType":"Patient","id":"p","link":[\#(links)]}"#
        var query = "id"
        for _ in 0..<7 { query = "link{other{resource{...on Patient{\(query)}}}}" }
        try expectRefused("{Patient(id:p){\(query)}}", "resources", resources: [patient])
        try expectRefused(
            "{Patient(id:p){\(query)}}", "fields", resources: [patient], limits: { $0.fieldsMax = 10_000 })
        try expectRefused(
            "{Patient(id:p){\(query)}}", "bytes", resources: [patient], limits: { $0.answerBytesMax = 10_000 })
        try expectRefused("{Patient(id:p){\(query)}}", "seconds", resources: [patient], limits: { $0.seconds = 0 })
    }

    @Test func `flattened answers count their bytes too`() throws {
        let names = Array(repeating: #"{"family":"abcdefghijklmnop"}"#, count: 2_000).joined(separator: ",")
        let patient = #"{"resourceType":"Patient","id":"p","name":[\#(names)]}"#
        try expectRefused(
            "{Patient(id:p)@flatten{name @flatten{family}}}", "bytes", resources: [patient],
            limits: { $0.answerBytesMax = 20_000 })
        try expectRefused(
            #"{Patient(id:p)@flatten{name @flatten @slice(fhirpath:"$index"){family}}}"#, "fields",
            resources: [patient], limits: { $0.fieldsMax = 3_000 })
    }

    @Test func `huge lists of alternatives`() throws {
        let values = (0..<10_000).map { "\"v\($0)\"" }.joined(separator: ",")
        try expectRefused("{PatientList(name:[\(values)]){id}}", "more than 1000 values")
        try expectRefused(
            "query($n:[String]){PatientList(name:$n){id}}", "more than 1000 values", variables: #"{"n":[\#(values)]}"#)
    }

    @Test func `very many operations, and arguments compared again and again`() throws {
        let operations = (0..<1_500).map { "query q\($0){...F}" }.joined()
        try expectRefused(operations + "fragment F on Query{__typename}", "more than 100 operations")
        let long = String(repeating: "x", count: 100_000)
        let same = String(repeating: "a:name(text:\"\(long)y\"){id}", count: 1)
        let others = String(repeating: "a:name(text:\"z\"){id}", count: 1_000)
        let started = monotonicNanoseconds()
        let refused = try Tester().run("{Patient(id:1){\(same)\(others)}}").refused
        #expect(refused.count == 1 && refused[0].detail.contains("different arguments"))
        #expect(monotonicNanoseconds() - started < 30_000_000_000)
    }

    @Test func `variables too long`() throws {
        let long = String(repeating: "x", count: 2 << 20)
        try expectRefused("query($n:String){PatientList(name:$n){id}}", "variables", variables: #"{"n":"\#(long)"}"#)
    }

    @Test func `many errors end the execution`() throws {
        let links = Array(repeating: #"{"other":{"reference":"Patient/gone"}}"#, count: 500).joined(separator: ",")
        let patient = #"{"resourceType":"Patient","id":"p","link":[\#(links)]}"#
        try expectRefused("{Patient(id:p){link{other{resource{id}}}}}", "200 fields have errors", resources: [patient])
    }

    @Test func `a list larger than a list may be says so, a Connection pages`() throws {
        let patients = (0..<30).map { #"{"resourceType":"Patient","id":"p\#($0)"}"# }
        let tester = try Tester(patients) { $0.listResourcesMax = 20 }
        let answer = try tester.run("{PatientList{id}}")
        #expect(answer.data["PatientList"].isNull)
        #expect(answer.errors[0]["message"].text.contains("PatientConnection"))
        #expect(try tester.run("{PatientList(_count:5){id}}").data["PatientList"].array.count == 5)
        #expect(try tester.run("{PatientConnection(_count:20){edges{resource{id}}}}").errors.isEmpty)
    }

    @Test func `many errors of one document are cut`() throws {
        let query = "{" + String(repeating: "nothing ", count: 5_000) + "}"
        #expect(try Tester().run(query).refused.count == 50)
    }

    @Test func `no document breaks the engine`() throws {
        var random = SeededRandom(seed: 99)
        let tester = try Tester([ExecutionTests.patient, ExecutionTests.observation] + ExecutionTests.others)
        let seeds =
            ExecutionTests.examples.map { Array($0.1.utf8) } + ExecutionTests.flattened.map { Array($0.0.utf8) }
            + ValidationTests.accepted.map { Array($0.utf8) }
        let pieces = [
            "name", "{id}", "@flatten", "@first", "@singleton", "@slice(path:\"use\")", "(_count:1)", "resource", "...",
            "on Patient", "given", "(id:1)", "$a", "__typename", "contained", "\"", "}", "{", "subject",
        ]
        var answered = 0
        for _ in 0..<1_500 {
            var text = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = UInt8.random(in: 32...126, using: &random)
                case 1 where text.count > 2: text.remove(at: place)
                default: text.insert(contentsOf: " \(pieces.randomElement(using: &random) ?? "") ".utf8, at: place)
                }
            }
            let answer = try tester.run(
                String(decoding: text, as: UTF8.self), on: Bool.random(using: &random) ? "Patient/p1" : nil)
            #expect(answer.json.isObject, "\(String(decoding: text, as: UTF8.self)): \(answer.text)")
            if answer.refused.isEmpty { answered += 1 }
        }
        #expect(answered > 10)
    }
}
