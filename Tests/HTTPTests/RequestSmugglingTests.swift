import Foundation
import HTTP
import HTTPServer
import Testing

@Suite struct RequestSmugglingTests {
    @Test(arguments: [
        ": x", ":", ": x\r\nY: 1", "Y:1\r\n folded", "Y: 1\r\n\tfolded\r\nZ: 1", "Content-Length:\r\n 5", "Y: 1\nZ: 2",
        "",
        "Transfer-Encoding:\r\n chunked",
    ])
    func `no request can be hidden in the header of another`(_ field: String) async throws {
        let server = try Server(ServerConfiguration()) { request, reply in reply(HTTPResponse(text: request.target)) }
        let port = server.port
        for host in ["Host: a\r\n", ""] {
            let answers = try await onThread {
                let client = try RawClient(port: port)
                try client.send(
                    "GET /first HTTP/1.\(host.isEmpty ? 0 : 1)\r\n\(host)\(field)\r\n"
                        + "GET /hidden HTTP/1.1\r\nHost: b\r\n\r\n")
                client.endSending()
                var answers: [String] = []
                while let answer = try? client.receive() { answers.append("\(answer.status) \(answer.text)") }
                return answers
            }
            // An empty line ends a header rightly, and what comes then is a request.
            if field.isEmpty && !host.isEmpty {
                #expect(answers == ["200 /first", "200 /hidden"])
            } else {
                #expect(answers.count <= 1 && answers.allSatisfy { !$0.contains("hidden") }, "\(answers)")
            }
        }
        server.stop()
    }

    @Test func `nor in the trailers of a body in chunks`() async throws {
        let server = try Fixture.server()
        try await onThread {
            let client = try RawClient(port: server.port)
            try client.send(
                "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: 1\r\n: x\r\n"
                    + "GET /hello HTTP/1.1\r\nHost: b\r\n\r\n")
            let first = try client.receive()
            #expect(first.text == "3" && first.headers["connection"]?.lowercased() == "close", "\(first)")
            #expect(throws: RawClient.Failure.self) { try client.receive() }
        }
        server.stop()
    }

    @Test(arguments: [
        ": x", " X: 1", "X : 1", "Content-Length : 3", "X(y): 1", "X: a\u{1}b", "X: a\u{7f}b", "X\u{0}: 1",
        "X: a\u{0}b",
    ])
    func `a header field that others could read in another way is refused`(_ field: String) async throws {
        let server = try Fixture.server()
        try await onThread {
            let client = try RawClient(port: server.port)
            try client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
            let status = try? client.receive().status
            #expect(status == nil || status == 400)
            let other = try RawClient(port: server.port)
            try other.send("GET /hello HTTP/1.1\r\nHost: a\r\nX: a\tb\r\n\r\n")
            #expect(try other.receive().status == 200)
        }
        server.stop()
    }

    @Test func `headers of every lawful shape are read, however slowly they come`() async throws {
        let server = try Server(ServerConfiguration()) { request, reply in
            reply(HTTPResponse(text: request.headers.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")))
        }
        try await onThread {
            let client = try RawClient(port: server.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nA:b\r\nC:  d \t \r\nE:\r\nCookie: f=g; h=i\r\n\r\n")
            #expect(try client.receive().text == "Host=a|A=b|C=d|E=|Cookie=f=g; h=i")
            try client.send("POST /a%20b?c=%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            #expect(try client.receive().text == "Host=a|Content-Length=3")
            try client.send("\r\nGET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.receive().text == "Connection=keep-alive")
            let fields = (0..<90).map { "X-\($0): " + String(repeating: "v", count: 150) + "\r\n" }.joined()
            let target = "/?" + String(repeating: "t", count: 5000)
            let request = Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8)
            for pieceBytes in [1000, 37, 16_000] {
                for start in stride(from: 0, to: request.count, by: pieceBytes) {
                    try client.send(Array(request[start..<min(start + pieceBytes, request.count)]))
                    if start % 7 == 0 { Thread.sleep(forTimeInterval: 0.001) }
                }
                let answer = try client.receive()
                #expect(answer.status == 200 && answer.text.split(separator: "|").count == 91)
            }
        }
        server.stop()
    }
}
