import Base
import BulkData
import Testing

@Suite struct ManifestTests {
    private static let source = WebLocation("https://a.example/fhir/$status/7")

    private func read(_ text: String) throws -> Manifest {
        try Manifest(Array(text.utf8), from: #require(Self.source))
    }

    @Test func `a manifest of STU 2 is read`() throws {
        let manifest = try read(
            """
            {"transactionTime":"2026-01-02T03:04:05.678+01:00","request":"https://a.example/fhir/$export",
            "requiresAccessToken":true,"output":[
            {"type":"Patient","url":"https://a.example/f/1.ndjson?sig=a%20b","count":3},
            {"type":"Observation","url":"/f/2.ndjson"}],
            "error":[{"type":"OperationOutcome","url":"https://a.example/f/err"}],"extension":{"x":1}}
            """)
        #expect(manifest.transactionTime.text == "2026-01-02T03:04:05.678+01:00")
        #expect(manifest.requiresAccessToken)
        #expect(manifest.files.map(\.content) == [.resources, .resources, .outcomes])
        #expect(manifest.files[0].count == 3)
        #expect(manifest.files[1].location.text == "https://a.example/f/2.ndjson")
        #expect(manifest.next == nil)
    }

    @Test func `pages, deletions and files of several types of STU 3 are read`() throws {
        let manifest = try read(
            """
            {"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":false,"outputOrganizedBy":"Patient",
            "output":[{"url":"https://b.example/1","continuesInFile":"https://b.example/2"}],
            "deleted":[{"type":"Bundle","url":"https://b.example/d"}],"error":[],
            "link":[{"relation":"self","url":"x"},{"relation":"next","url":"https://a.example/fhir/$status/7?page=2"}]}
            """)
        #expect(manifest.organizedBy == "Patient")
        #expect(manifest.files.map(\.content) == [.resources, .deletions])
        #expect(manifest.files[0].type == nil)
        #expect(manifest.next?.target == "/fhir/$status/7?page=2")
    }

    @Test func `outcomes, sizes and formats of STU 4 are read`() throws {
        let manifest = try read(
            """
            {"manifestType":"http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
            "transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":false,
            "outputFormat":"application/fhir+ndjson; fhirVersion=4.0",
            "output":[{"type":"Patient","url":"https://b.example/1","fileSize":4096}],
            "outcome":[{"url":"https://b.example/o","countSeverity":[{"code":"error","count":1}]}]}
            """)
        #expect(manifest.files[0].bytes == 4096)
        #expect(manifest.files[1].content == .outcomes)
    }

    @Test func `a file that is listed twice is one`() throws {
        let manifest = try read(
            """
            {"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":false,"output":[
            {"type":"Patient","url":"https://b.example/1"},{"type":"Patient","url":"https://b.example/1"}]}
            """)
        #expect(manifest.files.count == 1)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"transactionTime":"2026-01-02","requiresAccessToken":true,"output":[]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","output":[]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":"true","output":[]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":{}}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":[1]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":[{"url":"https://a/1"}]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":[{"type":"P t","url":"x"}]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":[{"type":"Patient","url":"file:///etc/passwd"}]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":[{"type":"Patient","url":"https://u:p@a/1"}]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":[{"type":"Patient","url":"x","count":-1}]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"output":[{"type":"Patient","url":"x","count":1.5}]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"outputFormat":"application/vnd.apache.parquet"}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"link":[{"relation":"next"}]}"#,
        #"{"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":true,"link":[{"relation":"next","url":"a"},{"relation":"next","url":"b"}]}"#,
    ])
    func `a manifest that is wrong is refused`(_ text: String) {
        #expect(throws: BulkDataError.self) { try read(text) }
    }

    @Test func `no bytes make the reader fail otherwise than by saying so`() throws {
        let sound = Array(
            """
            {"transactionTime":"2026-01-02T03:04:05Z","requiresAccessToken":false,"output":[{"type":"Patient",
            "url":"https://b.example/1","count":7}],"link":[{"relation":"next","url":"https://b.example/2"}]}
            """.utf8)
        var random = SeededRandom(seed: 11)
        let source = try #require(Self.source)
        var read = 0
        for _ in 0..<4_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            do {
                let manifest = try Manifest(bytes, from: source)
                read += manifest.files.count <= 1 ? 1 : 0
            } catch {
                #expect(error.detail.utf8.count < 300)
            }
        }
        #expect(read > 0)
    }

    @Test(arguments: [
        ("2026-01-31T08:00:00Z", Int64(1_769_846_400_000_000)),
        ("2026-01-31T08:00:00.5Z", 1_769_846_400_500_000),
        ("2026-01-31T09:30:00.123456+01:30", 1_769_846_400_123_456),
        ("1970-01-01T00:00:00.000000000-00:00", 0),
    ])
    func `an instant keeps its text and its moment`(_ text: String, _ microseconds: Int64) throws {
        let moment = try #require(FHIRInstant(text))
        #expect(moment.text == text)
        #expect(moment.instant.microseconds == microseconds)
        let written = FHIRInstant(moment.instant)
        #expect(try #require(FHIRInstant(written.text)).instant.microseconds == microseconds / 1_000 * 1_000)
    }

    @Test(arguments: [
        "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01",
        "", "2026-01-01T00:00:00+1:00",
    ])
    func `what is no instant is refused`(_ text: String) {
        #expect(FHIRInstant(text) == nil)
    }
}
