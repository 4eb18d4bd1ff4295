import Base
import Foundation
import HTTP
import HTTPServer
import Synchronization

/// Replies kept for later, to be answered when a test says so.
final class Kept: Sendable {
    private let replies = Mutex<[Reply]>([])

    var count: Int { replies.withLock { $0.count } }

    func keep(_ reply: Reply) {
        replies.withLock { $0.append(reply) }
    }

    func takeAll() -> [Reply] {
        replies.withLock { kept in
            defer { kept = [] }
            return kept
        }
    }

    /// Waits until `count` are kept.
    func wait(for count: Int) throws {
        for _ in 0..<5000 {
            if self.count >= count { return }
            Thread.sleep(forTimeInterval: 0.001)
        }
        throw RawClient.Failure(reason: "no request came to be kept")
    }
}

/// A number that threads share.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .sequentiallyConsistent) }

    /// The number before it was counted up.
    @discardableResult
    func next() -> Int {
        count.add(1, ordering: .sequentiallyConsistent).oldValue
    }
}

enum Fixture {
    static func limits(_ change: (inout ServerLimits) -> Void = { _ in }) -> ServerLimits {
        var limits = ServerLimits()
        limits.bodyBytesMax = 100_000
        change(&limits)
        return limits
    }

    /// Routes for every way to answer.
    static func router(kept: Kept = Kept()) -> Router {
        var router = Router()
        router.answer(.get, "/hello") { _ in HTTPResponse(text: "hello") }
        router.answerAsync(.get, "/later") { request in
            await Task.yield()
            return HTTPResponse(text: "later " + (request.query["n"] ?? ""))
        }
        router.handle(.get, "/thread") { request, reply in
            Thread.detachNewThread { reply(HTTPResponse(text: "thread " + (request.query["n"] ?? ""))) }
        }
        router.handle(.get, "/kept") { _, reply in kept.keep(reply) }
        router.handle(.get, "/dropped") { _, _ in }
        router.handle(.get, "/dropped-later") { _, reply in
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: 0.01)
                withExtendedLifetime(reply) {}
            }
        }
        router.handle(.get, "/twice") { _, reply in
            let first = reply(HTTPResponse(text: "first"))
            let second = reply(HTTPResponse(text: "second"))
            if !first || second { reply(HTTPResponse(status: .conflict)) }
        }
        router.answer(.post, "/echo") { request in
            HTTPResponse(contentType: request.headers["content-type"] ?? "", body: .bytes(request.body))
        }
        router.answer(.post, "/length") { HTTPResponse(text: String($0.body.count)) }
        router.answer(.get, "/inject") { request in
            HTTPResponse(headers: ["Location": request.query["to"] ?? ""])
        }
        router.answer(.get, "/large") { _ in
            let writer = ByteWriter()
            for number in 0..<200_000 { writer.writeLittleEndian(UInt32(number)) }
            return HTTPResponse(body: .buffer(ByteBuffer(taking: writer)))
        }
        router.answer(.get, "/stream") { request in
            let pieces = Counter()
            let total = Int(request.query["pieces"] ?? "") ?? 0
            let fails = request.query["fails"] != nil
            return HTTPResponse(
                body: .stream(
                    ByteStream {
                        let piece = pieces.next()
                        if piece < total { return piece % 3 == 1 ? [] : Array("piece \(piece)\n".utf8) }
                        if fails { throw HTTPError(.internalFailure, "the source broke") }
                        return nil
                    }))
        }
        router.answer(.get, "/where") { HTTPResponse(text: $0.remoteAddress) }
        return router
    }

    static func server(
        kept: Kept = Kept(), limits: ServerLimits = limits(),
        admit: (@Sendable (HTTPRequest) -> HTTPResponse?)? = nil
    ) throws -> Server {
        try Server(ServerConfiguration(limits: limits, admit: admit), handler: router(kept: kept).handler)
    }
}
