import Foundation
import HTTP
import HTTPServer
import Synchronization
import TestSupport
import Testing
import WebClient

enum Fixture {
    /// A client that may ask this machine's servers, at any port or only at some.
    static func client(
        ports: [Int]? = nil, change: (inout WebClientOptions) -> Void = { _ in }
    ) throws -> WebClient {
        let texts = ports.map { $0.map { "127.0.0.1:\($0)" } } ?? ["127.0.0.1"]
        let allowed = texts.compactMap { AllowedAddress($0) }
        try #require(allowed.count == texts.count)
        var options = WebClientOptions(addresses: AddressPolicy(allowing: allowed))
        options.silentSecondsMax = 20
        change(&options)
        return WebClient(options: options)
    }

    /// A server that shows what it was asked.
    static func server(tls: ServerConfiguration.TLS? = nil) throws -> Server {
        var router = Router()
        for method in [HTTPMethod.get, .put, .post, .patch, .delete] {
            router.answer(method, "/echo") { request in
                let fields = request.headers.fields.map { "\($0.name.lowercased()): \($0.value)\n" }.joined()
                return HTTPResponse(
                    headers: [
                        "Content-Type": "text/plain", "X-Method": request.method.name, "X-Fields": "\(fields.count)",
                    ],
                    body: .bytes(request.body.isEmpty ? Array(fields.utf8) : request.body))
            }
        }
        router.answer(.get, "/to") { request in
            HTTPResponse(
                status: HTTPStatus(Int(request.query["status"] ?? "") ?? 302),
                headers: ["Location": request.query["at"] ?? "/echo"], body: .bytes(Array("elsewhere".utf8)))
        }
        router.answer(.post, "/to") { request in
            HTTPResponse(
                status: HTTPStatus(Int(request.query["status"] ?? "") ?? 302),
                headers: ["Location": request.query["at"] ?? "/echo"])
        }
        router.answer(.get, "/loop") { _ in HTTPResponse(status: HTTPStatus(302), headers: ["Location": "/loop"]) }
        router.answer(.get, "/large") { _ in HTTPResponse(body: .bytes([UInt8](repeating: 7, count: 3_000_000))) }
        router.answer(.get, "/range") { request in
            let all = Array("0123456789".utf8)
            guard request.headers["Range"] == "bytes=3-5" else { return HTTPResponse(body: .bytes(all)) }
            return HTTPResponse(
                status: .partialContent, headers: ["Content-Range": "bytes 3-5/10"], body: .bytes(Array(all[3...5])))
        }
        router.answer(.get, "/packed") { request in
            guard request.headers["Accept-Encoding"]?.contains("gzip") == true else {
                return HTTPResponse(text: "not packed")
            }
            return HTTPResponse(headers: ["Content-Encoding": "gzip"], body: .bytes(zeros))
        }
        return try Server(ServerConfiguration(threadCount: 2, tls: tls), handler: router.handler)
    }

    /// 100,000 zero bytes as gzip made them.
    private static let zeros = Array(
        Data(
            base64Encoded:
                "H4sIAAAAAAACA+3BMQEAAADCoPVPbQ0PoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIBXA32VEdSghgEA") ?? Data())

    static func tls(_ pair: LoopbackCertificate) throws -> ServerConfiguration.TLS {
        try ServerConfiguration.TLS(certificateFile: pair.certificate, keyFile: pair.key)
    }

    static func code(_ body: () throws -> Void) -> WebClientError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? WebClientError)?.code
        }
    }
}

/// Bytes that threads share.
final class Taken: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    var all: [UInt8] { bytes.withLock { $0 } }

    func add(_ piece: some Sequence<UInt8>) {
        bytes.withLock { $0.append(contentsOf: piece) }
    }
}
