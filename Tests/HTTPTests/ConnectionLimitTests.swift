import Foundation
import HTTP
import HTTPServer
import Testing

@Suite struct ConnectionLimitTests {
    private func hello(_ client: RawClient) throws -> String {
        try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        return try client.receive().text
    }

    private func wait(_ condition: () -> Bool) {
        for _ in 0..<5000 where !condition() { Thread.sleep(forTimeInterval: 0.001) }
    }

    @Test func `a client's connections beyond its limit are closed, and room made is room found`() async throws {
        let server = try Fixture.server(
            limits: Fixture.limits {
                $0.connectionsPerAddressMax = 3
                $0.exemptsLoopback = false
            })
        try await onThread {
            for _ in 0..<20 {
                var clients = try (0..<3).map { _ in try RawClient(port: server.port) }
                for client in clients { #expect(try hello(client) == "hello") }
                #expect(try RawClient(port: server.port).isClosed())
                clients.removeLast()
                wait { server.connectionCount < 3 }
                #expect(try hello(RawClient(port: server.port)) == "hello")
                clients = []
                wait { server.connectionCount == 0 }
                #expect(server.connectionCount == 0)
            }
        }
        server.stop()
    }

    @Test func `trusted proxies and this machine's own clients have no limit`() async throws {
        for exempts in [true, false] {
            var limits = Fixture.limits()
            limits.connectionsPerAddressMax = 3
            limits.exemptsLoopback = exempts
            let trusted = TrustedProxies(exempts ? [] : [IPPrefix("127.0.0.0/8")].compactMap { $0 })
            let server = try Server(
                ServerConfiguration(limits: limits, trustedProxies: trusted), handler: Fixture.router().handler)
            try await onThread {
                let clients = try (0..<40).map { _ in try RawClient(port: server.port) }
                for client in clients { #expect(try hello(client) == "hello") }
            }
            server.stop()
        }
    }

    @Test func `hundreds of silent connections leave others served, and are closed in time`() async throws {
        let server = try Fixture.server(limits: Fixture.limits { $0.headerSecondsMax = 2 })
        try await onThread {
            let silent = try (0..<300).map { number in
                let client = try RawClient(port: server.port, timeoutSeconds: 30)
                if number % 2 == 0 { try client.send("GET /hello HTTP/1.1\r\nX-Slow: ") }
                return client
            }
            #expect(try hello(RawClient(port: server.port)) == "hello")
            for client in silent { #expect(try client.isClosed()) }
            wait { server.connectionCount == 0 }
        }
        #expect(server.connectionCount == 0)
        server.stop()
    }

    @Test func `connections beyond the server's limit wait and are served when others go`() async throws {
        let server = try Fixture.server(limits: Fixture.limits { $0.connectionCountMax = 16 })
        try await onThread {
            var first = try (0..<16).map { _ in try RawClient(port: server.port) }
            for client in first { #expect(try hello(client) == "hello") }
            let late = try RawClient(port: server.port)
            try late.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            Thread.sleep(forTimeInterval: 0.1)
            #expect(server.connectionCount == 16)
            first.removeAll()
            #expect(try late.receive().text == "hello")
        }
        server.stop()
    }
}
