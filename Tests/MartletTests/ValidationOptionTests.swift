import Base
import FHIR
import Foundation
import Search
import TestSupport
import Testing

/// `--validation` of serve and ingest.
@Suite struct ValidationOptionTests {
    private let home: TemporaryFolder

    private static let backwards =
        #"{"resourceType":"Patient","id":"b","name":[{"period":{"start":"2020-01-01","end":"2010-01-01"}}]}"#
    private static let unknown = #"{"resourceType":"Patient","id":"u","martlet":1}"#

    init() throws {
        home = try TemporaryFolder()
    }

    @Test(arguments: [([], 2), (["--validation", "full"], 1), (["--validation", "off"], 3)])
    func `ingest rejects what the mode does not let through, with place and reason`(
        words: [String], taken: Int
    ) throws {
        let lines = [#"{"resourceType":"Patient","id":"a"}"#, Self.unknown, Self.backwards].joined(separator: "\n")
        try home.write("all.ndjson", lines + "\n")
        let outcome = try ProgramProcess.run(
            ["ingest", home.path("all.ndjson"), "--data", home.path("data"), "--json"] + words)
        #expect(outcome.code == (taken == 3 ? 0 : 3), "\(outcome.errors)")
        #expect(try outcome.numbers["created"] == taken && outcome.numbers["rejected"] == 3 - taken)
        let rejects = (try? String(contentsOfFile: home.path("data") + "/rejects.ndjson", encoding: .utf8)) ?? ""
        #expect(rejects.contains(#""line":2,"#) == (taken < 3))
        #expect(rejects.contains(#""path":"Patient.martlet","reason":"Patient has no element martlet""#) == (taken < 3))
        #expect(rejects.contains(#""line":3,"#) == (taken == 1))
        #expect(rejects.contains(#""path":"Patient.name[0].period","#) == (taken == 1))
    }

    @Test(arguments: [([], 422, 201), (["--validation", "full"], 422, 422), (["--validation", "off"], 201, 201)])
    func `the server refuses what the mode does not let through`(words: [String], unknown: Int, backwards: Int) throws {
        let data = home.path("data")
        let process = try ProgramProcess(["serve", "--data", data, "--listen", "127.0.0.1:0", "--json"] + words)
        let port = try #require(try? ProgramProcess.numbers(in: process.firstLine())["port"], "\(process.errors)")
        let token = try Serving.token(data)
        let client = try KeptClient(port: port, token: token)
        #expect(try client.send("PUT", "/fhir/Patient/u", body: Array(Self.unknown.utf8)).status == unknown)
        let answer = try client.send("PUT", "/fhir/Patient/b", body: Array(Self.backwards.utf8))
        #expect(answer.status == backwards)
        if backwards == 422 { #expect(answer.text.contains("Patient.name[0].period")) }
        process.signal(SIGTERM)
        #expect(process.finish().code == 0)
    }

    @Test func `another mode is bad usage`() throws {
        for command in [["serve"], ["ingest", "-"]] {
            let outcome = try ProgramProcess.run(command + ["--data", home.path("data"), "--validation", "some"])
            #expect(outcome.code == 2 && outcome.errors.contains("--validation takes off, structure or full"))
        }
    }

    @Test(.enabled(if: SharedData.has("data/examples/r4-examples.zip"), "needs shared/data/examples/r4-examples.zip"))
    func `whatever is stored unchecked can be read, searched, validated and never brings the server down`() throws {
        let serving = try Serving(home.path("data"), "--validation", "off")
        let client = try KeptClient(port: serving.port, token: serving.token)
        let plans = try Shared.plans.get()
        var random = SeededRandom(seed: 11)
        var stored = 0
        var faults: [String] = []
        func send(_ method: String, _ target: String, body: [UInt8]? = nil) throws -> Int {
            let answer = try client.send(method, target, body: body)
            if answer.status >= 500 { faults.append("\(method) \(target): \(answer.text.prefix(200))") }
            return answer.status
        }
        let zip = try #require(SharedData.file("data/examples/r4-examples.zip"))
        for (_, bytes) in try SharedData.files(of: zip) where bytes.count < 60_000 {
            let example = try JSONSerialization.jsonObject(with: Data(bytes))
            for round in 0..<3 {
                var broken = example
                for _ in 0...round { broken = Self.broken(broken, &random) }
                guard var resource = broken as? [String: Any], let whole = example as? [String: Any],
                    let type = whole["resourceType"] as? String
                else { continue }
                resource["resourceType"] = type
                resource["id"] = "r\(round)"
                let name = "\(type)/r\(round)"
                let body = Array(try JSONSerialization.data(withJSONObject: resource))
                guard try send("PUT", "/fhir/" + name, body: body) < 300 else { continue }
                stored += 1
                #expect(try send("GET", "/fhir/" + name) == 200)
                _ = try send("GET", "/fhir/\(name)/$validate")
            }
        }
        #expect(stored > 800)
        for type in plans.definitions.concreteResourceTypes {
            let plan = plans.plan(for: type)
            let parameters = plan.parameters.keys.sorted()
            _ = try send("GET", "/fhir/\(plan.name)?_include=*&_revinclude=*&_summary=true&_count=1000")
            for code in parameters {
                _ = try send("GET", "/fhir/\(plan.name)?\(code):missing=false&_sort=-\(code)&_count=1000")
            }
        }
        for round in 0..<3 { _ = try send("GET", "/fhir/Patient/r\(round)/$everything") }
        #expect(faults == [])
        #expect(serving.stop().code == 0)
    }

    /// The value with one value in it replaced by one of another kind.
    private static func broken(_ value: Any, _ random: inout SeededRandom) -> Any {
        let others: [Any] = [1.5, "x", "", true, NSNull(), [String](), ["a": 1], [["b": "c"]], [1, "d"], "#x", -7]
        switch value {
        case var object as [String: Any] where !object.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
            let names = object.keys.sorted()
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            if let inner = object[name] { object[name] = broken(inner, &random) }
            return object
        case var array as [Any] where !array.isEmpty && Int.random(in: 0..<8, using: &random) > 0:
            let place = Int.random(in: 0..<array.count, using: &random)
            array[place] = broken(array[place], &random)
            return array
        default: return others[Int.random(in: 0..<others.count, using: &random)]
        }
    }
}
