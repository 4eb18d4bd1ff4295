import Base
import Compression
import FHIRAPI
import HTTP
import Testing

@Suite struct CodingTests {
    private func coded(_ text: String, _ coding: ContentCoding) throws -> [UInt8] {
        let writer = ByteWriter()
        try Array(text.utf8).withUnsafeBytes { try ContentCoder().encode($0, as: coding, to: writer) }
        return writer.copy()
    }

    private func decoded(_ bytes: [UInt8], _ coding: ContentCoding) throws -> String {
        let writer = ByteWriter()
        try bytes.withUnsafeBytes { try ContentCoder().decode($0, as: coding, bytesMax: 1 << 24, to: writer) }
        return String(decoding: writer.copy(), as: UTF8.self)
    }

    private func send(_ test: TestAPI, _ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders, _ body: [UInt8])
        async throws
        -> HTTPResponse
    {
        var all = TestAPI.authorization
        all.merge(headers)
        return try await test.client.send(method, target, headers: all, body: body)
    }

    @Test(arguments: ContentCoding.allCases) func `a body may come in a coding`(_ coding: ContentCoding) async throws {
        let test = try TestAPI {
            $0.resourceBytesMax = 100_000; $0.bundleBytesMax = 100_000
        }
        let headers: HTTPHeaders = ["Content-Type": "application/fhir+json", "Content-Encoding": coding.rawValue]
        let patient = Samples.patient("a", family: String(repeating: "Doe", count: 1_000))
        let put = try await send(test, .put, "/fhir/Patient/a", headers, coded(patient, coding))
        #expect(put.status == .created)
        let bundle = Bundles.bundle("transaction", [Bundles.entry("PUT", "Patient/b", Samples.patient("b"))])
        #expect(try await send(test, .post, "/fhir", headers, coded(bundle, coding)).status == .ok)
        let form: HTTPHeaders = [
            "Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": coding.rawValue,
        ]
        let search = try await Answer(send(test, .post, "/fhir/Patient/_search", form, coded("_id=b", coding)))
        #expect(search.names(mode: "match") == ["Patient/b"])

        // A bomb, damage, a piece missing, something behind it.
        let bomb = try coded(Samples.patient("a", family: String(repeating: "x", count: 5_000_000)), coding)
        #expect(bomb.count < 50_000)
        #expect(try await send(test, .put, "/fhir/Patient/a", headers, bomb).status == .contentTooLarge)
        let good = try coded(patient, coding)
        var damaged = good
        damaged[damaged.count / 2] ^= 0x55
        #expect(try await send(test, .put, "/fhir/Patient/a", headers, damaged).status == .badRequest)
        #expect(try await send(test, .put, "/fhir/Patient/a", headers, Array(good.dropLast(6))).status == .badRequest)
        #expect(try await send(test, .put, "/fhir/Patient/a", headers, good + [1, 2, 3]).status == .badRequest)
        #expect(try await send(test, .put, "/fhir/Patient/a", headers, []).status == .badRequest)
        #expect(test.failures.all.isEmpty)
    }

    @Test func `a coding that is not known is refused`() async throws {
        let test = try TestAPI()
        for coding in ["br", "deflate", "gzip, gzip", "x"] {
            let headers: HTTPHeaders = ["Content-Type": "application/fhir+json", "Content-Encoding": coding]
            let answer = try await Answer(
                send(test, .put, "/fhir/Patient/a", headers, Array(Samples.patient("a").utf8)))
            #expect(answer.status == .unsupportedMediaType && answer.headers["Accept-Encoding"] == "gzip, zstd")
            #expect(answer.issue.contains(coding))
        }
        let identity: HTTPHeaders = ["Content-Type": "application/fhir+json", "Content-Encoding": "identity"]
        #expect(
            try await send(test, .put, "/fhir/Patient/a", identity, Array(Samples.patient("a").utf8)).status == .created
        )
    }

    @Test func `a large answer comes in the coding that the client likes best`() async throws {
        let test = try TestAPI()
        let family = String(repeating: "Doe", count: 1_000)
        try await test.put(Samples.patient("a", family: family), Samples.patient("small"))
        let cases: [(accept: String, coding: ContentCoding?)] = [
            ("gzip", .gzip), ("zstd", .zstd), ("gzip, zstd", .zstd), ("gzip;q=1, zstd;q=0.5", .gzip),
            ("br, *;q=0.1", .zstd),
            ("br", nil), ("gzip;q=0", nil), ("*;q=0", nil), ("zstd;q=0, *", .gzip), ("", nil), ("x-gzip", .gzip),
        ]
        for target in [
            "/fhir/Patient/a", "/fhir/Patient?_id=a", "/fhir/Patient/a/_history/1", "/fhir/Patient/a?_pretty=true",
        ] {
            for (accept, coding) in cases {
                let answer = try await send(test, .get, target, ["Accept-Encoding": accept], [])
                #expect(answer.headers["Content-Encoding"] == coding?.rawValue, "\(target) \(accept)")
                let bytes = try answer.body.collect()
                let text = try coding.map { try decoded(bytes, $0) } ?? String(decoding: bytes, as: UTF8.self)
                #expect(text.contains(family))
                if coding != nil { #expect(bytes.count < 1_000 && answer.headers["Vary"] == "Accept-Encoding") }
            }
        }
        let small = try await send(test, .get, "/fhir/Patient/small", ["Accept-Encoding": "gzip"], [])
        #expect(small.headers["Content-Encoding"] == nil)
        let write = try await send(
            test, .put, "/fhir/Patient/a", ["Accept-Encoding": "gzip", "Content-Type": "application/json"],
            Array(Samples.patient("a", family: family).utf8))
        #expect(write.headers["Content-Encoding"] == "gzip" && write.status == .ok)
    }

    @Test func `content survives its coding, whatever it is`() throws {
        var random = SeededRandom(seed: 3)
        let coder = try ContentCoder()
        for coding in ContentCoding.allCases {
            for size in [0, 1, 100, 65_535, 65_536, 65_537, 300_000] {
                let content = (0..<size).map { _ in UInt8.random(in: 0...UInt8(size % 200 + 1), using: &random) }
                let made = ByteWriter()
                try content.withUnsafeBytes { try coder.encode($0, as: coding, to: made) }
                let back = ByteWriter()
                try coder.decode(made.bytes, as: coding, bytesMax: size, to: back)
                #expect(back.copy() == content)
                if size > 0 {
                    #expect(throws: CompressionError.self) {
                        try coder.decode(made.bytes, as: coding, bytesMax: size - 1, to: ByteWriter())
                    }
                }
            }
            for _ in 0..<300 {
                let noise = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                try? noise.withUnsafeBytes { try coder.decode($0, as: coding, bytesMax: 1 << 20, to: ByteWriter()) }
            }
        }
    }
}
