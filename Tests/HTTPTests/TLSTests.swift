import Foundation
import HTTP
import HTTPServer
import Testing

@Suite(.enabled("the tests of TLS need openssl and curl in /usr/bin", { TLSFixture.hasTools })) struct TLSTests {
    private func server(_ pair: TLSFixture.Pair, limits: ServerLimits = Fixture.limits()) throws -> Server {
        try server(tls: try pair.tls, limits: limits)
    }

    private func server(
        tls: ServerConfiguration.TLS, limits: ServerLimits = Fixture.limits()
    ) throws -> Server {
        try Server(
            ServerConfiguration(limits: limits, tls: tls, complete: Edge().completion),
            handler: Fixture.router().handler)
    }

    /// Whether a handshake with these arguments of `s_client` comes about.
    private func shakes(_ server: Server, _ pair: TLSFixture.Pair, _ arguments: [String]) -> Bool {
        TLSFixture.run(
            "openssl", ["s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", pair.certificate] + arguments)
            != nil
    }

    @Test func `requests over TLS are answered, at once and later`() async throws {
        try await onThread {
            let pair = try TLSFixture.pair()
            let server = try server(pair)
            #expect(server.address == "https://127.0.0.1:\(server.port)")
            let answer = TLSFixture.run(
                "curl",
                [
                    "-sS", "--cacert", pair.certificate, "\(server.address)/hello", "\(server.address)/thread?n=1",
                    "\(server.address)/stream?pieces=4",
                ])
            #expect(answer == "hellothread 1piece 0\npiece 2\npiece 3\n")
            let head = TLSFixture.run("curl", ["-sSI", "--cacert", pair.certificate, "\(server.address)/hello"])
            #expect(head?.contains("Strict-Transport-Security: max-age=31536000\r\n") == true)
            server.stop()
        }
    }

    @Test func `old protocols, unauthenticated ciphers and lasting keys are refused`() async throws {
        try await onThread {
            for kind in [TLSFixture.Kind.ellipticCurve, .rsa] {
                let pair = try TLSFixture.pair(kind)
                let server = try server(pair)
                let signed = kind == .rsa ? "RSA" : "ECDSA"
                for suite in ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"] {
                    #expect(shakes(server, pair, ["-tls1_2", "-cipher", "ECDHE-\(signed)-\(suite)"]), "\(suite)")
                }
                for suite in ["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"] {
                    #expect(shakes(server, pair, ["-tls1_3", "-ciphersuites", "TLS_\(suite)"]), "\(suite)")
                }
                for version in ["-tls1", "-tls1_1"] {
                    #expect(!shakes(server, pair, [version, "-cipher", "ALL:@SECLEVEL=0"]), "\(version)")
                }
                var refused = ["ECDHE-\(signed)-AES128-SHA", "ECDHE-\(signed)-AES256-SHA384", "aNULL", "eNULL", "PSK"]
                if kind == .rsa {
                    refused += ["AES128-GCM-SHA256", "AES256-SHA", "DHE-RSA-AES128-GCM-SHA256", "kRSA"]
                } else {
                    refused += ["ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES128-CCM8"]
                }
                for cipher in refused {
                    #expect(!shakes(server, pair, ["-tls1_2", "-cipher", "\(cipher):@SECLEVEL=0"]), "\(cipher)")
                }
                #expect(!shakes(server, pair, ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"]))
                #expect(!shakes(server, pair, ["-tls1_2", "-sigalgs", "RSA+SHA1:ECDSA+SHA1"]))
                #expect(!shakes(server, pair, ["-tls1_3", "-groups", "ffdhe2048"]))
                server.stop()
            }
        }
    }

    @Test func `a client that asks to renegotiate is cut off`() async throws {
        try await onThread {
            let pair = try TLSFixture.pair()
            let server = try server(pair)
            let client = try TLSFixture.Session(server, pair, ["-tls1_2"], isInteractive: true)
            Thread.sleep(forTimeInterval: 0.2)
            #expect(server.connectionCount == 1)
            try client.send("R\n")
            for _ in 0..<3000 where server.connectionCount > 0 { Thread.sleep(forTimeInterval: 0.001) }
            #expect(server.connectionCount == 0)
            server.stop()
        }
    }

    @Test func `plain bytes and silence in place of a handshake are cut off`() async throws {
        try await onThread {
            let pair = try TLSFixture.pair()
            let server = try server(pair, limits: Fixture.limits { $0.headerSecondsMax = 1 })
            let plain = try RawClient(port: server.port)
            try plain.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try plain.isClosed())
            #expect(try RawClient(port: server.port, timeoutSeconds: 30).isClosed())
            #expect(TLSFixture.hello(server, pair) == "hello")
            server.stop()
        }
    }

    @Test func `a new certificate is for new connections while those open go on`() async throws {
        try await onThread {
            let (first, second) = (try TLSFixture.pair(), try TLSFixture.pair(.rsa))
            let server = try server(first)
            let open = try TLSFixture.Session(server, first)
            #expect(try open.hello() == "hello")
            try server.reload(tls: second.tls)
            #expect(TLSFixture.hello(server, second) == "hello")
            #expect(TLSFixture.hello(server, first) == nil)
            #expect(server.drainingCount == 1)
            #expect(try open.hello() == "hello")
            for _ in 0..<5000 where server.drainingCount > 0 { Thread.sleep(forTimeInterval: 0.001) }
            #expect(server.drainingCount == 0)
            server.stop()
        }
    }

    @Test func `a pair that does not load leaves the old one in use and says why`() async throws {
        try await onThread {
            let (first, second) = (try TLSFixture.pair(), try TLSFixture.pair())
            let server = try server(first)
            let bad = [
                ServerConfiguration.TLS(certificate: "nonsense", key: "nonsense"),
                ServerConfiguration.TLS(certificate: "", key: ""),
                try ServerConfiguration.TLS(certificateFile: second.certificate, keyFile: first.key),
                try ServerConfiguration.TLS(certificateFile: second.key, keyFile: second.certificate),
            ]
            for tls in bad {
                #expect {
                    try server.reload(tls: tls)
                } throws: { error in
                    guard let error = error as? ServerError, error.code == .tlsInvalid else { return false }
                    return error.detail.contains("libmicrohttpd says:") && !error.detail.contains("PRIVATE KEY")
                }
                #expect(TLSFixture.hello(server, first) == "hello")
            }
            #expect(server.drainingCount == 0)
            server.stop()
            #expect { try server.reload(tls: second.tls) } throws: { ($0 as? ServerError)?.code == .notServingTLS }
            #expect {
                try ServerConfiguration.TLS(certificateFile: first.certificate, keyFile: first.key + ".absent")
            } throws: { error in
                (error as? ServerError)?.code == .tlsUnreadable
            }
            let plain = try Fixture.server()
            #expect { try plain.reload(tls: first.tls) } throws: { ($0 as? ServerError)?.code == .notServingTLS }
            plain.stop()
        }
    }

    @Test func `the text of a private key is nowhere in memory once the server has it`() async throws {
        try await onThread {
            let pair = try TLSFixture.pair(.rsa)
            let needle = try MemoryNeedle(pieceOf: pair.key)
            #expect(needle.copies() == 0)
            var tls: ServerConfiguration.TLS? = try pair.tls
            #expect(needle.copies() == 1)
            let server = try server(tls: try #require(tls))
            #expect(needle.copies() == 1)
            #expect(tls != nil)
            tls = nil
            #expect(needle.copies() == 0)
            try server.reload(tls: try pair.tls)
            #expect(TLSFixture.hello(server, pair) == "hello")
            #expect(needle.copies() == 0)
            server.stop()
        }
    }

    @Test func `earlier certificates are few, and the oldest gives way`() async throws {
        try await onThread {
            let pair = try TLSFixture.pair()
            let server = try server(pair)
            var open: [TLSFixture.Session] = []
            for _ in 0..<4 {
                open.append(try TLSFixture.Session(server, pair))
                #expect(try open.last?.hello() == "hello")
                try server.reload(tls: pair.tls)
            }
            #expect(server.drainingCount == 4)
            #expect { try server.reload(tls: pair.tls) } throws: { ($0 as? ServerError)?.code == .reloadBusy }
            #expect(TLSFixture.hello(server, pair) == "hello")
            for _ in 0..<5000 where server.drainingCount > 3 { Thread.sleep(forTimeInterval: 0.001) }
            try server.reload(tls: pair.tls)
            #expect(try open.last?.hello() == "hello")
            server.stop()
            #expect(server.drainingCount == 0)
        }
    }

    @Test func `requests under way when the certificate changes are answered, and a stop waits for them`() async throws
    {
        try await onThread {
            let pair = try TLSFixture.pair()
            let kept = Kept()
            let server = try Server(
                ServerConfiguration(tls: try pair.tls), handler: Fixture.router(kept: kept).handler)
            let open = try TLSFixture.Session(server, pair)
            try open.send("GET /kept HTTP/1.1\r\nHost: a\r\n\r\n")
            try kept.wait(for: 1)
            try server.reload(tls: pair.tls)
            #expect(server.drainingCount == 1)
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: 0.3)
                for reply in kept.takeAll() { reply(HTTPResponse(text: "late")) }
            }
            server.stop(deadlineSeconds: 10)
            #expect(try open.receive(until: "late"))
        }
    }

    @Test func `clients that keep on asking while certificates change miss no answer`() async throws {
        let pair = try TLSFixture.pair()
        let server = try server(pair)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    try await onThread {
                        TLSFixture.run(
                            "curl",
                            ["-sS", "--cacert", pair.certificate, "\(server.address)/thread?n=[100-299]"])
                    }
                }
            }
            try await onThread {
                for _ in 0..<6 {
                    Thread.sleep(forTimeInterval: 0.05)
                    do {
                        try server.reload(tls: pair.tls)
                    } catch let error as ServerError where error.code == .reloadBusy {
                        continue
                    }
                }
            }
            for try await answers in group {
                #expect(answers == (100...299).map { "thread \($0)" }.joined())
            }
        }
        server.stop()
    }

    @Test func `a stop that comes among changes of the certificate ends everything`() async throws {
        let pair = try await onThread { try TLSFixture.pair() }
        for turn in 0..<4 {
            let server = try server(pair)
            async let reloads = onThread {
                for _ in 0..<50 {
                    do {
                        try server.reload(tls: try pair.tls)
                    } catch let error as ServerError where error.code == .notServingTLS {
                        return true
                    } catch let error as ServerError where error.code == .reloadBusy {
                        continue
                    }
                }
                return false
            }
            try await onThread {
                _ = TLSFixture.hello(server, pair)
                Thread.sleep(forTimeInterval: Double(turn) * 0.01)
                server.stop()
            }
            _ = try await reloads
            #expect(server.drainingCount == 0 && server.connectionCount == 0)
        }
    }

    @Test func `a client's connections count together across certificates`() async throws {
        try await onThread {
            let pair = try TLSFixture.pair()
            let server = try server(
                pair,
                limits: Fixture.limits {
                    $0.connectionsPerAddressMax = 3
                    $0.exemptsLoopback = false
                })
            let open = try (0..<3).map { _ in try RawClient(port: server.port) }
            for _ in 0..<5000 where server.connectionCount < 3 { Thread.sleep(forTimeInterval: 0.001) }
            try server.reload(tls: pair.tls)
            #expect(try RawClient(port: server.port).isClosed())
            withExtendedLifetime(open) {}
            server.stop()
        }
    }
}
