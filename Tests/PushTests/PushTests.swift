import Base
import Foundation
import HTTP
import Push
import Synchronization
import Testing
import Vault
import WebClient

@Suite struct PushTests {
    private final class Remarks: Sendable {
        let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private static func file(_ bytes: [UInt8]) throws -> PushFile {
        var template = Array("/tmp/push-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(template)
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        return try PushFile(name: "some.zip", taking: descriptor)
    }

    private static func web(_ server: UploadDouble) throws -> WebClient {
        let port = server.address.split(separator: ":").last.map(String.init) ?? ""
        return WebClient(
            options: WebClientOptions(
                addresses: AddressPolicy(allowing: [try #require(AllowedAddress("127.0.0.1:" + port))])))
    }

    private static func client(
        _ server: UploadDouble, _ options: PushOptions, credentials: Credentials? = nil,
        cancellation: WebCancellation = WebCancellation(), remarks: Remarks = Remarks()
    ) throws -> OnboardingClient {
        let web = try web(server)
        return try OnboardingClient(
            server: server.address + "/", web: web, credentials: credentials ?? Credentials(token: "good", web: web),
            options: options, cancellation: cancellation, trouble: { remarks.add($0) })
    }

    private static var options: PushOptions {
        var options = PushOptions()
        options.partBytes = 64 << 10
        options.patienceSeconds = 5
        return options
    }

    private static let content = bytes(1_000_003)
    private static let partCount = 16

    private func push(
        _ server: UploadDouble, _ bytes: [UInt8] = content, _ options: PushOptions = options,
        credentials: Credentials? = nil
    ) throws -> PushedFile {
        try FilePush(
            Self.file(bytes), client: Self.client(server, options, credentials: credentials), options: options
        ) { _ in }.run()
    }

    @Test func `a file arrives whole, in parts, several at a time`() throws {
        let server = try UploadDouble()
        let pushed = try push(server)
        #expect(pushed.ingest == "ingest-u1")
        #expect(pushed.sentBytes == UInt64(Self.content.count))
        #expect(pushed.sentParts == Self.partCount && pushed.presentParts == 0)
        let state = server.state.withLock { $0 }
        #expect(state.uploads.map(\.whole) == [Self.content])
        #expect(state.uploads[0].sends.values.allSatisfy { $0 == 1 })
        #expect(state.mostAtOnce <= 4)
    }

    @Test func `what the server has of the same content is not sent again`() throws {
        let server = try UploadDouble()
        _ = try push(server)
        server.state.withLock { state in
            state.uploads[0].state = "open"
            for part in [2, 3, 9, 16] { state.uploads[0].parts[part] = nil }
        }
        var other = Self.options
        // Another part size: the upload keeps the one that it was begun with.
        other.partBytes = 200 << 10
        let pushed = try push(server, Self.content, other)
        #expect(pushed.sentParts == 4 && pushed.presentParts == 12)
        #expect(server.state.withLock { $0.uploads.map(\.whole) } == [Self.content])
        let again = try push(server)
        #expect(again.sentParts == 0 && again.ingest == "ingest-u1")
        #expect(server.state.withLock { $0.uploads.count } == 1)
        var anew = Self.options
        anew.sendsAgain = true
        #expect(try push(server, Self.content, anew).upload == "u2")
        #expect(try push(server, Self.bytes(1_000_003, seed: 2)).upload == "u3")
    }

    @Test func `answers that fail are tried again, with fewer parts at a time`() throws {
        let server = try UploadDouble { number, before in
            switch (number % 4, before) {
            case (1, 0): .status(503, retryAfter: nil)
            case (2, 0...1): .status(429, retryAfter: "0")
            case (3, 0): .lostAnswer
            default: .none
            }
        }
        let remarks = Remarks()
        let options = Self.options
        let pushed = try FilePush(
            Self.file(Self.content), client: Self.client(server, options, remarks: remarks), options: options
        ) { _ in }.run()
        #expect(pushed.sentParts == Self.partCount)
        #expect(server.state.withLock { $0.uploads.map(\.whole) } == [Self.content])
        let lines = remarks.lines.withLock { $0 }
        #expect(lines.contains { $0.contains("429") } && lines.contains { $0.contains("503") })
    }

    @Test func `several who push the same content share one upload`() throws {
        let server = try UploadDouble()
        let results = Mutex<[PushedFile]>([])
        let threads = (0..<4).map { number in
            WorkerThread(name: "push \(number)") {
                guard let pushed = try? push(server) else { return }
                results.withLock { $0.append(pushed) }
            }
        }
        for thread in threads { thread.join() }
        let pushed = results.withLock { $0 }
        #expect(pushed.count == 4)
        #expect(Set(pushed.map(\.upload)).count == 1)
        let live = server.state.withLock { $0.uploads.filter { $0.state == "complete" } }
        #expect(live.map(\.whole) == [Self.content])
    }

    @Test func `a part that was damaged at the server is replaced`() throws {
        let server = try UploadDouble()
        _ = try push(server)
        server.state.withLock { state in
            state.uploads[0].state = "open"
            state.uploads[0].parts[5] = [1, 2, 3]
            state.uploads[0].doubted = [5]
        }
        #expect(try push(server).sentParts == 1)
        #expect(server.state.withLock { $0.uploads.map(\.whole) } == [Self.content])
    }

    @Test func `an upload that has expired is begun anew`() throws {
        let server = try UploadDouble()
        let expires = Mutex(true)
        let dying = try UploadDouble { number, before in
            number == 3
                && expires.withLock({ expires in
                    defer { expires = false }
                    return expires
                }) ? .status(410, retryAfter: nil) : .none
        }
        // 410 of another kind than expiry is a refusal.
        #expect(throws: PushError.self) { try push(dying) }
        _ = try push(server)
        server.state.withLock { $0.uploads[0].state = "expired" }
        #expect(try push(server).upload == "u2")
    }

    @Test func `what never goes through is given up, and what is refused at once`() throws {
        let dead = try UploadDouble { _, _ in .status(500, retryAfter: nil) }
        var options = Self.options
        options.patienceSeconds = 0.1
        let error = #expect(throws: PushError.self) { try push(dead, Self.content, options) }
        #expect(error?.code == .unreachable)
        let refusing = try UploadDouble { _, _ in .status(413, retryAfter: nil) }
        let refused = #expect(throws: PushError.self) { try push(refusing) }
        #expect(refused?.code == .refused)
        #expect(refused?.detail.contains("of the test") == true)
        let strange = try UploadDouble()
        strange.state.withLock { $0.tokens = [] }
        let unknown = #expect(throws: PushError.self) { try push(strange) }
        #expect(unknown?.code == .credentials)
    }

    @Test func `being ended ends it soon`() throws {
        let server = try UploadDouble { _, _ in .status(503, retryAfter: "1000") }
        let cancellation = WebCancellation()
        let options = Self.options
        let client = try Self.client(server, options, cancellation: cancellation)
        let thread = WorkerThread(name: "end") {
            usleep(200_000)
            cancellation.cancel()
        }
        let error = #expect(throws: PushError.self) {
            try FilePush(try Self.file(Self.content), client: client, options: options) { _ in }.run()
        }
        thread.join()
        #expect(error?.code == .cancelled)
    }

    @Test func `bandwidth stays within its limit`() throws {
        let server = try UploadDouble()
        var options = Self.options
        options.bytesPerSecondMax = 1_000_000
        let began = monotonicNanoseconds()
        _ = try push(server, Array(Self.content.prefix(500_000)), options)
        #expect(Double(monotonicNanoseconds() - began) / 1e9 > 0.35)
    }

    @Test func `a client key gets tokens, and new ones when they end`() throws {
        let server = try UploadDouble()
        let key = try JWSSigningKey()
        let file = ClientKey(
            server: server.address, tokenEndpoint: server.address + "/oauth/token", clientID: "client-1",
            scope: "system/*.cu", keyID: try ClientKey.keyID(of: key), key: key)
        let read = try ClientKey(file.encoded())
        let web = try Self.web(server)
        let pushed = try push(server, Self.content, Self.options, credentials: Credentials(key: read, web: web))
        #expect(pushed.sentParts == Self.partCount)
        // The server forgets its tokens: the client gets another one.
        let credentials = Credentials(key: read, web: web)
        _ = try push(server, Self.bytes(10, seed: 3), Self.options, credentials: credentials)
        server.state.withLock { $0.tokens = [] }
        _ = try push(server, Self.bytes(10, seed: 4), Self.options, credentials: credentials)
        let requests = server.state.withLock { $0.tokenRequests }
        #expect(requests.count == 3)
        for form in requests {
            let fields = Dictionary(
                uniqueKeysWithValues: form.split(separator: "&").map { field -> (String, String) in
                    let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
                    return (parts[0], parts[1].removingPercentEncoding ?? "")
                })
            #expect(fields["grant_type"] == "client_credentials" && fields["scope"] == "system/*.cu")
            let parts = try #require(fields["client_assertion"]).split(separator: ".").map(String.init)
            let signature = try #require(Base64URL.decode(parts[2]))
            #expect(try key.publicKey().verifies(signature, of: Array((parts[0] + "." + parts[1]).utf8)))
            let claims = String(decoding: try #require(Base64URL.decode(parts[1])), as: UTF8.self)
            #expect(claims.contains(#""iss":"client-1","sub":"client-1""#))
            #expect(claims.contains(#""aud":"\#(server.address)/oauth/token""#))
        }
        #expect(Set(requests).count == 3)
    }

    @Test func `an ingest is followed to its end, and its rejects are fetched page by page`() throws {
        let server = try UploadDouble()
        let client = try Self.client(server, Self.options)
        let watch = IngestWatch(client)
        var states: [String] = []
        let ingest = try watch.follow("ingest-u1") { states.append($0.state) }
        #expect(states == ["finishedWithRejects"])
        #expect(ingest.isDone && ingest.resources == 7 && ingest.rejected == 3)
        var lines: [UInt8] = []
        var pages: [Int] = []
        let found = try watch.rejects(
            of: "ingest-u1", examplesMax: 2, begin: { pages.append($0) }, take: { lines.append(contentsOf: $0) })
        #expect(pages == [0, 1])
        #expect(lines.split(separator: 0x0A).count == 3)
        #expect(found.map(\.place) == ["a.ndjson, line 1", "b.zip, entry 4"])
        #expect(found.map(\.reason) == ["no JSON", "no id"])
    }

    @Test func `an empty file is refused`() throws {
        let server = try UploadDouble()
        let error = #expect(throws: PushError.self) { try push(server, []) }
        #expect(error?.code == .file)
    }
}
