import Base
import Foundation
import HTTP
import HTTPServer
import Synchronization
import Testing

/// Adds up what it gets, and may have the body wait or fail on the way.
private final class Adder: BodyReceiver {
    struct State {
        var sum = 0
        var count = 0
        var pieces = 0
        var isAbandoned = false
        var isFinished = false
    }

    let state = Mutex(State())
    private let pausesEvery: Int
    private let failsAfter: Int

    init(pausesEvery: Int = 0, failsAfter: Int = .max) {
        self.pausesEvery = pausesEvery
        self.failsAfter = failsAfter
    }

    func receive(_ piece: UnsafeRawBufferPointer, _ flow: BodyFlow) -> BodyDemand {
        let (pieces, count) = state.withLock { state in
            state.pieces += 1
            state.count += piece.count
            for byte in piece { state.sum &+= Int(byte) }
            return (state.pieces, state.count)
        }
        if count > failsAfter { return .nothing }
        guard pausesEvery > 0, pieces % pausesEvery == 0 else { return .more }
        if pieces % (2 * pausesEvery) == 0 {
            flow.resume()
        } else {
            Thread.detachNewThread { flow.resume() }
        }
        return .later
    }

    func finish(_ reply: Reply) {
        let text = state.withLock { state in
            state.isFinished = true
            return state.count > failsAfter ? "failed" : "\(state.count) \(state.sum)"
        }
        Thread.detachNewThread {
            reply(HTTPResponse(status: text == "failed" ? .insufficientStorage : .ok, text: text))
        }
    }

    func abandon() { state.withLock { $0.isAbandoned = true } }
}

/// Hands out one receiver and keeps it.
private final class Intake: Sendable {
    let adders = Mutex<[Adder]>([])

    func router(pausesEvery: Int = 0, failsAfter: Int = .max, bodyBytesMax: Int = 1 << 30) -> Router {
        var router = Router()
        router.receive(.put, "/in/{how}", bodyBytesMax: bodyBytesMax) { [self] request, opening in
            switch request.captures["how"] {
            case "refused": opening.refuse(HTTPResponse(status: .forbidden, text: "no"))
            case "refused-later":
                Thread.detachNewThread { opening.refuse(HTTPResponse(status: .conflict, text: "no")) }
            case "dropped": break
            case "later":
                Thread.detachNewThread { [self] in opening.accept(made(pausesEvery, failsAfter)) }
            default: opening.accept(made(pausesEvery, failsAfter))
            }
        }
        router.answer(.post, "/length") { HTTPResponse(text: String($0.body.count)) }
        return router
    }

    private func made(_ pausesEvery: Int, _ failsAfter: Int) -> Adder {
        let adder = Adder(pausesEvery: pausesEvery, failsAfter: failsAfter)
        adders.withLock { $0.append(adder) }
        return adder
    }

    func waitUntil(_ condition: (Adder.State) -> Bool) throws {
        for _ in 0..<5000 {
            if let last = adders.withLock({ $0.last }), last.state.withLock({ condition($0) }) { return }
            Thread.sleep(forTimeInterval: 0.001)
        }
        throw RawClient.Failure(reason: "the receiver was not told")
    }
}

@Suite struct StreamedBodyTests {
    private func server(_ router: Router, _ change: (inout ServerLimits) -> Void = { _ in }) throws -> Server {
        try Server(
            ServerConfiguration(
                threadCount: 2, limits: Fixture.limits(change), streamedBody: { router.streamedBody($0) }),
            handler: router.handler)
    }

    private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } }

    private func expected(_ bytes: [UInt8]) -> String { "\(bytes.count) \(bytes.reduce(0) { $0 + Int($1) })" }

    @Test(arguments: [false, true], [0, 1, 3])
    func `a body of many times the limit for memory arrives in pieces`(
        _ isLive: Bool, _ pausesEvery: Int
    ) async throws {
        let router = Intake().router(pausesEvery: pausesEvery)
        let server = try server(router)
        let client = TestClient(isLive ? .live(port: server.port) : .inProcess(router))
        for count in [0, 1, 10_007, 300_000, 3_000_000] {
            let body = bytes(count)
            for how in ["now", "later"] {
                let answer = try await client.put("/in/" + how, body: body)
                #expect(try String(decoding: answer.body.collect(), as: UTF8.self) == expected(body))
            }
        }
        await stop(server)
    }

    @Test(arguments: [false, true])
    func `what the header decides is answered, and the connection goes on where the body was read`(
        _ isLive: Bool
    ) async throws {
        let router = Intake().router(bodyBytesMax: 200_000)
        let server = try server(router)
        let client = TestClient(isLive ? .live(port: server.port) : .inProcess(router))
        #expect(try await client.put("/in/refused", body: bytes(50_000)).status == .forbidden)
        #expect(try await client.put("/in/refused-later", body: bytes(50_000)).status == .conflict)
        #expect(try await client.put("/in/dropped", body: bytes(10)).status == .internalServerError)
        #expect(try await client.put("/in/now", body: bytes(200_001)).status == .contentTooLarge)
        #expect(try await client.put("/in/now", body: bytes(200_000)).status == .ok)
        #expect(try await client.post("/length", body: bytes(1000)).status == .ok)
        #expect(try await client.put("/in/refused", body: []).status == .forbidden)
        await stop(server)
    }

    @Test func `a client that asks first hears the decision before it sends anything`() async throws {
        let intake = Intake()
        let server = try server(intake.router())
        try await onThread {
            for (how, status) in [("refused", 403), ("refused-later", 409)] {
                let client = try RawClient(port: server.port)
                try client.send(
                    "PUT /in/\(how) HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\nExpect: 100-continue\r\n\r\n")
                #expect(try client.receiveAny().status == status)
                #expect(try client.isClosed())
            }
            for how in ["now", "later"] {
                let client = try RawClient(port: server.port)
                try client.send(
                    "PUT /in/\(how) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                #expect(try client.receiveAny().status == 100)
                try client.send([1, 2, 3])
                #expect(try client.receiveAny().text == "3 6")
            }
        }
        await stop(server)
    }

    @Test func `chunks of unknown length arrive, and too many are refused`() async throws {
        let intake = Intake()
        let server = try server(intake.router(pausesEvery: 2, bodyBytesMax: 100_000))
        try await onThread {
            for (count, status) in [(90, 200), (101, 413)] {
                let client = try RawClient(port: server.port)
                try client.send("PUT /in/now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<count { try client.send("3e8\r\n" + String(repeating: "a", count: 1000) + "\r\n") }
                try client.send("0\r\n\r\n")
                #expect(try client.receive().status == status)
            }
            try intake.waitUntil { $0.isAbandoned && !$0.isFinished }
        }
        await stop(server)
    }

    @Test(arguments: [false, true])
    func `a receiver that fails on the way tells why at the end`(_ isLive: Bool) async throws {
        let router = Intake().router(pausesEvery: 1, failsAfter: 50_000)
        let server = try server(router)
        let client = TestClient(isLive ? .live(port: server.port) : .inProcess(router))
        let answer = try await client.put("/in/now", body: bytes(300_000))
        #expect(answer.status == .insufficientStorage)
        await stop(server)
    }

    @Test func `a connection that is lost is told once`() async throws {
        let intake = Intake()
        let server = try server(intake.router(pausesEvery: 2))
        try await onThread {
            for cut in [1, 40_000, 90_000] {
                do {
                    let client = try RawClient(port: server.port)
                    try client.send("PUT /in/later HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
                    try client.send([UInt8](repeating: 1, count: cut))
                    try intake.waitUntil { $0.count == cut }
                }
                try intake.waitUntil { $0.isAbandoned && !$0.isFinished }
            }
            for _ in 0..<2000 where server.requestCount > 0 { Thread.sleep(forTimeInterval: 0.001) }
            #expect(server.requestCount == 0)
        }
        await stop(server)
        let router = intake.router()
        #expect(try await TestClient(.cutOff(router)).put("/in/now", body: bytes(100)).status == .noContent)
        try intake.waitUntil { $0.isAbandoned && $0.count == 100 }
    }

    @Test func `a body that comes too slowly is cut off`() async throws {
        let intake = Intake()
        let server = try server(intake.router()) {
            $0.bodySecondsMin = 1
            $0.bodyBytesPerSecondMin = 1_000_000
        }
        try await onThread {
            let client = try RawClient(port: server.port)
            try client.send("PUT /in/now HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
            #expect(try client.isClosed())
            try intake.waitUntil { $0.isAbandoned }
        }
        await stop(server)
    }

    @Test func `a stop ends bodies under way, also those that wait`() async throws {
        for pausesEvery in [0, 1] {
            let intake = Intake()
            let server = try server(intake.router(pausesEvery: pausesEvery))
            try await onThread {
                let clients = try (0..<4).map { _ in try RawClient(port: server.port) }
                for client in clients {
                    try client.send("PUT /in/now HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
                }
                for _ in 0..<5000 where intake.adders.withLock({ $0.count }) < 4 {
                    Thread.sleep(forTimeInterval: 0.001)
                }
                server.stop(deadlineSeconds: 0.05)
                for adder in intake.adders.withLock({ $0 }) { #expect(adder.state.withLock { $0.isAbandoned }) }
            }
            #expect(server.requestCount == 0)
        }
    }

    private func stop(_ server: Server) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                server.stop()
                continuation.resume()
            }
        }
    }
}
