import Access
import Base
import Foundation
import HTTP
import HTTPServer
import OAuth
import Synchronization
import TestSupport
import Testing
import Vault
import WebClient

/// Key sets that are asked for over TLS, from a server of this machine.
@Suite struct KeySetFetchTests {
    /// A server of key sets, and an authorization server that may ask it.
    private final class World: Sendable {
        let certificate: LoopbackCertificate
        let host: Server
        let answer = Mutex(HTTPResponse(status: .notFound))
        let asked = Atomic<Int>(0)
        let reports = Mutex<[String]>([])

        init() throws {
            certificate = try LoopbackCertificate()
            let box = Box()
            host = try Server(
                ServerConfiguration(
                    threadCount: 2,
                    tls: .init(certificateFile: certificate.certificate, keyFile: certificate.key))
            ) { _, reply in
                guard let world = box.world.withLock({ $0?.value }) else { return }
                world.asked.add(1, ordering: .sequentiallyConsistent)
                reply(world.answer.withLock { $0 })
            }
            box.world.withLock { $0 = Weak(self) }
        }

        deinit {
            host.stop(deadlineSeconds: 0)
        }

        var address: String { host.address + "/jwks" }
        var askedCount: Int { asked.load(ordering: .sequentiallyConsistent) }
        var reported: [String] { reports.withLock { $0 } }

        func serve(_ keys: String) {
            answer.withLock {
                $0 = HTTPResponse(contentType: "application/jwk-set+json", body: .bytes(Array(keys.utf8)))
            }
        }

        /// - Parameter isAllowed: whether addresses of this machine may be asked.
        func server(isAllowed: Bool = true) throws -> TestServer {
            var options = WebClientOptions()
            if isAllowed { options.addresses.allowed = [try #require(AllowedAddress("127.0.0.1:\(host.port)"))] }
            options.authoritiesFile = certificate.certificate
            let fetcher = KeySetFetcher(WebClient(options: options))
            return try TestServer(fetch: { try fetcher.fetch($0) }) { [weak self] error in
                let cause = ((error as? OAuthError)?.cause as? WebClientError)?.detail ?? ""
                self?.reports.withLock { $0.append("\(error): \(cause)") }
            }
        }
    }

    private final class Box: Sendable {
        let world = Mutex<Weak?>(nil)
    }

    private final class Weak: @unchecked Sendable {
        // Safe to share: set once, before the server is asked.
        weak var value: World?

        init(_ value: World) {
            self.value = value
        }
    }

    private func client(_ test: TestServer, _ address: String) throws -> OAuthClient {
        var draft = ClientDraft(name: "Backend", authentication: .privateKey)
        draft.keys = .address(address)
        draft.scopes = try #require(SMARTScopes("system/*.rs"))
        return try test.server.register(draft, tenant: .standard).client
    }

    private func refusal(_ test: TestServer, _ client: OAuthClient, _ name: String, _ key: JWSSigningKey) throws
        -> String?
    {
        test.refusal(try TestAssertion(client: client.id, key: name, clock: test.clock).signed(by: key))
    }

    @Test(.enabled(if: LoopbackCertificate.hasTools, "openssl makes the certificate"))
    func `a client rotates its keys at its own address`() throws {
        let world = try World()
        let test = try world.server()
        let (old, new) = (try JWSSigningKey(), try JWSSigningKey())
        world.serve(keySet(old.publicForm("1")))
        let client = try client(test, world.address)
        #expect(try refusal(test, client, "1", old) == nil)
        world.serve(keySet(old.publicForm("1"), new.publicForm("2")))
        test.clock.advance(seconds: 31)
        #expect(try refusal(test, client, "2", new) == nil)
        #expect(world.askedCount == 2)
        world.serve(keySet(new.publicForm("2")))
        test.clock.advance(seconds: 301)
        #expect(try refusal(test, client, "1", old) != nil)
        #expect(try refusal(test, client, "2", new) == nil)
        #expect(world.reported.isEmpty)
    }

    @Test(.enabled(if: LoopbackCertificate.hasTools, "openssl makes the certificate"))
    func `unknown keys have the set asked for once in an interval, however many come`() throws {
        let world = try World()
        let test = try world.server()
        let key = try JWSSigningKey()
        world.serve(keySet(key.publicForm("1")))
        let client = try client(test, world.address)
        #expect(try refusal(test, client, "1", key) == nil)
        test.clock.advance(seconds: 31)
        for number in 0..<50 { #expect(try refusal(test, client, "unknown-\(number)", key) != nil) }
        #expect(world.askedCount == 2)
        world.answer.withLock { $0 = HTTPResponse(status: .serviceUnavailable) }
        test.clock.advance(seconds: 31)
        for number in 0..<50 { #expect(try refusal(test, client, "unknown-\(number)", key) != nil) }
        #expect(world.askedCount == 3)
        #expect(try refusal(test, client, "1", key) == nil, "what is young enough stays of use")
        #expect(world.reported.count == 1 && world.reported[0].contains("503"))
    }

    @Test(.enabled(if: LoopbackCertificate.hasTools, "openssl makes the certificate"))
    func `an address of the own network is not asked unless it is allowed, and the log says so`() throws {
        let world = try World()
        let test = try world.server(isAllowed: false)
        let key = try JWSSigningKey()
        world.serve(keySet(key.publicForm("1")))
        let port = world.host.port
        for address in [
            world.address, "https://localhost:\(port)/jwks", "https://2130706433:\(port)/jwks",
            "https://[::ffff:127.0.0.1]:\(port)/jwks", "https://169.254.169.254/latest/meta-data",
        ] {
            let client = try client(test, address)
            #expect(try refusal(test, client, "1", key) == "the client's key set cannot be had")
        }
        #expect(world.askedCount == 0)
        #expect(
            world.reported.count == 5 && world.reported.allSatisfy { $0.contains("no address of the public internet") })
        #expect(!world.reported.contains { $0.contains("meta-data") || $0.contains("jwks") })
    }

    @Test(.enabled(if: LoopbackCertificate.hasTools, "openssl makes the certificate"))
    func `what is too large, elsewhere or no key set is refused and reported`() throws {
        let world = try World()
        let test = try world.server()
        let key = try JWSSigningKey()
        let client = try client(test, world.address)
        let answers = [
            HTTPResponse(status: HTTPStatus(302), headers: ["Location": "https://127.0.0.1:1/jwks"]),
            HTTPResponse(status: HTTPStatus(302), headers: ["Location": "http://127.0.0.1:\(world.host.port)/jwks"]),
            HTTPResponse(status: HTTPStatus(302), headers: ["Location": "/jwks"]),
            HTTPResponse(body: .bytes([UInt8](repeating: 0x20, count: 70_000))),
            HTTPResponse(text: "no keys"), HTTPResponse(status: .noContent),
        ]
        for (index, answer) in answers.enumerated() {
            world.answer.withLock { $0 = answer }
            test.clock.advance(seconds: 31)
            #expect(try refusal(test, client, "1", key) != nil)
            #expect(world.reported.count == index + 1)
        }
        world.serve(keySet(key.publicForm("1")))
        test.clock.advance(seconds: 31)
        #expect(try refusal(test, client, "1", key) == nil)
    }

    @Test func `requests at once share one answer`() throws {
        let key = try JWSSigningKey()
        let started = Lock()
        let asked = Atomic<Int>(0)
        let gate = Mutex(false)
        let text = keySet(key.publicForm("1"))
        let test = try TestServer(fetch: { _ in
            asked.add(1, ordering: .sequentiallyConsistent)
            while !gate.withLock({ $0 }) { started.withLock { started.wait(milliseconds: 1) } }
            return Array(text.utf8)
        })
        let client = try client(test, "https://keys.example/set")
        let assertions = try (0..<6).map { _ in
            try TestAssertion(client: client.id, key: "1", clock: test.clock).signed(by: key)
        }
        let server = test.server
        let outcomes = Mutex<[Bool]>([])
        let threads = assertions.map { assertion in
            WorkerThread(name: "assertion") {
                let isTaken =
                    (try? server.authenticate(
                        .assertion(ClientAssertion(assertion)), tokenEndpoint: TestServer.tokenEndpoint))
                    != nil
                outcomes.withLock { $0.append(isTaken) }
            }
        }
        while asked.load(ordering: .sequentiallyConsistent) == 0 { Thread.sleep(forTimeInterval: 0.001) }
        gate.withLock { $0 = true }
        for thread in threads { thread.join() }
        #expect(outcomes.withLock { $0 } == [Bool](repeating: true, count: 6))
        #expect(asked.load(ordering: .sequentiallyConsistent) == 1)
    }
}
