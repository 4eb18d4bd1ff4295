import Base
import Foundation
import HTTP
import HTTPServer
import JSONTape
import Synchronization
import Vault

/// The server's side of pushing, in memory, with faults on purpose.
final class UploadDouble: Sendable {
    struct Upload: Sendable {
        var id: String
        var state = "open"
        var size: Int
        var partSize: Int
        var sha256: String
        var parts: [Int: [UInt8]] = [:]
        var sends: [Int: Int] = [:]
        /// Parts that it has and asks for all the same.
        var doubted: Set<Int> = []

        var partCount: Int { (size + partSize - 1) / partSize }
        var missing: [ClosedRange<Int>] {
            (1...partCount).filter { parts[$0] == nil || doubted.contains($0) }.map { $0...$0 }
        }
        var whole: [UInt8] { (1...partCount).flatMap { parts[$0] ?? [] } }

        var json: String {
            let ingest = state == "complete" ? #","ingest":"ingest-\#(id)""# : ""
            return #"{"id":"\#(id)","state":"\#(state)","fileName":"f","size":\#(size),"partSize":\#(partSize),"#
                + #""sha256":"\#(sha256)"\#(ingest)}"#
        }
    }

    struct State: Sendable {
        var uploads: [Upload] = []
        var tokens: Set<String> = ["good"]
        var tokenRequests: [String] = []
        var now = 0
        var mostAtOnce = 0
    }

    /// What goes wrong with a request.
    enum Fault: Sendable {
        case none
        case status(Int, retryAfter: String?)
        /// The part arrives and its answer is lost.
        case lostAnswer
    }

    let state = Mutex(State())
    /// Asked for each part: its number, and how often it was sent before.
    private let fault: @Sendable (Int, Int) -> Fault
    private let server = Mutex<Server?>(nil)

    init(fault: @escaping @Sendable (Int, Int) -> Fault = { _, _ in .none }) throws {
        self.fault = fault
        var router = Router()
        router.handle(.post, "/api/v1/uploads") { [unowned self] in respond($0, $1) { try begin($0) } }
        router.handle(.get, "/api/v1/uploads") { [unowned self] in respond($0, $1) { list($0) } }
        router.handle(.get, "/api/v1/uploads/{id}") { [unowned self] in respond($0, $1) { read($0) } }
        router.handle(.delete, "/api/v1/uploads/{id}") { [unowned self] in respond($0, $1) { cancel($0) } }
        router.handle(.get, "/api/v1/uploads/{id}/parts") { [unowned self] in respond($0, $1) { parts($0) } }
        router.handle(.put, "/api/v1/uploads/{id}/parts/{n}") { [unowned self] in respond($0, $1) { try put($0) } }
        router.handle(.post, "/api/v1/uploads/{id}/complete") { [unowned self] in respond($0, $1) { try complete($0) } }
        router.handle(.get, "/api/v1/ingests/{id}") { [unowned self] in respond($0, $1) { ingest($0) } }
        router.handle(.get, "/api/v1/ingests/{id}/rejects") { [unowned self] in respond($0, $1) { rejects($0) } }
        router.handle(.post, "/oauth/token") { [unowned self] request, reply in reply(token(request)) }
        let made = try Server(ServerConfiguration(threadCount: 4), handler: router.handler)
        server.withLock { $0 = made }
    }

    deinit {
        server.withLock { $0?.stop(deadlineSeconds: 0) }
    }

    var address: String { server.withLock { $0?.address ?? "" } }

    static func json(_ text: String, _ status: HTTPStatus = .ok) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: .bytes(Array(text.utf8)))
    }

    static func problem(_ status: Int, _ kind: String, _ more: String = "") -> HTTPResponse {
        json(#"{"type":"urn:martlet:problem:\#(kind)","detail":"of the test"\#(more)}"#, HTTPStatus(status))
    }

    private func respond(_ request: HTTPRequest, _ reply: Reply, _ body: (HTTPRequest) throws -> HTTPResponse?) {
        guard let token = request.bearerToken, state.withLock({ $0.tokens.contains(token) }) else {
            return _ = reply(Self.problem(401, "token"))
        }
        do {
            if let response = try body(request) { reply(response) }
        } catch {
            reply(Self.problem(500, "test"))
        }
    }

    private func begin(_ request: HTTPRequest) throws -> HTTPResponse {
        let document = try JSONDocument(request.body)
        return document.withRoot { root in
            func number(_ name: StaticString) -> Int { root.member(name).flatMap { Int($0.text) } ?? 0 }
            let upload = state.withLock { state in
                let made = Upload(
                    id: "u\(state.uploads.count + 1)", size: number("size"), partSize: number("partSize"),
                    sha256: root.member("sha256")?.string ?? "")
                state.uploads.append(made)
                return made
            }
            return Self.json(upload.json, .created)
        }
    }

    private func list(_ request: HTTPRequest) -> HTTPResponse {
        let states = (request.query["state"] ?? "").split(separator: ",").map(String.init)
        let after = request.query["after"]
        // One a page, newest first.
        let all = state.withLock { $0.uploads.reversed().filter { states.contains($0.state) } }
        let rest = after.map { id in all.drop { $0.id != id }.dropFirst() } ?? all[...]
        let next = rest.count > 1 ? rest.first.map { "\"\($0.id)\"" } ?? "null" : "null"
        return Self.json(#"{"items":[\#(rest.first?.json ?? "")],"next":\#(next)}"#)
    }

    private func place(_ request: HTTPRequest, _ state: State) -> Int? {
        state.uploads.firstIndex { $0.id == request.captures["id"] }
    }

    private func read(_ request: HTTPRequest) -> HTTPResponse {
        state.withLock { state in
            place(request, state).map { Self.json(state.uploads[$0].json) } ?? Self.problem(404, "upload-not-found")
        }
    }

    private func cancel(_ request: HTTPRequest) -> HTTPResponse {
        state.withLock { state in
            guard let place = place(request, state) else { return Self.problem(404, "upload-not-found") }
            state.uploads[place].state = "cancelled"
            return HTTPResponse(status: .noContent)
        }
    }

    private func parts(_ request: HTTPRequest) -> HTTPResponse {
        state.withLock { state in
            guard let place = place(request, state) else { return Self.problem(404, "upload-not-found") }
            return Self.json(#"{"missing":[\#(Self.text(state.uploads[place].missing))]}"#)
        }
    }

    private static func text(_ ranges: [ClosedRange<Int>]) -> String {
        ranges.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ",")
    }

    private func put(_ request: HTTPRequest) throws -> HTTPResponse? {
        guard let number = request.captures["n"].flatMap({ Int($0) }) else { return Self.problem(400, "part") }
        let digest = try request.body.withUnsafeBytes { raw in try SHA256Hasher.hash(raw) }
        let stated = request.headers["content-digest"] ?? ""
        let writer = ByteWriter(capacity: 64)
        digest.withUnsafeBytes { writer.writeBase64($0) }
        guard stated == "sha-256=:\(String(decoding: writer.bytes, as: UTF8.self)):" else {
            return Self.problem(400, "digest-mismatch")
        }
        let sends = state.withLock { state -> Int? in
            guard let place = place(request, state), state.uploads[place].state == "open" else { return nil }
            state.now += 1
            state.mostAtOnce = max(state.mostAtOnce, state.now)
            state.uploads[place].sends[number, default: 0] += 1
            return state.uploads[place].sends[number]
        }
        guard let sends else { return Self.problem(410, "upload-expired") }
        defer { state.withLock { $0.now -= 1 } }
        usleep(3_000)
        let fault = fault(number, sends - 1)
        if case .status(let status, let retryAfter) = fault {
            var response = Self.problem(status, "test")
            response.headers["Retry-After"] = retryAfter
            return response
        }
        let before = state.withLock { state -> [UInt8]? in
            guard let place = place(request, state) else { return nil }
            let before = state.uploads[place].parts[number]
            if before == nil || request.query["replace"] == "true" {
                state.uploads[place].parts[number] = request.body
                state.uploads[place].doubted.remove(number)
            }
            return before
        }
        if let before, before != request.body, request.query["replace"] != "true" {
            return Self.problem(409, "part-differs")
        }
        if case .lostAnswer = fault { return Self.problem(502, "test") }
        return Self.json(#"{"part":\#(number)}"#, before == nil ? .created : .ok)
    }

    private func complete(_ request: HTTPRequest) throws -> HTTPResponse {
        try state.withLock { state in
            guard let place = place(request, state) else { return Self.problem(404, "upload-not-found") }
            let upload = state.uploads[place]
            guard upload.missing.isEmpty else {
                return Self.problem(409, "parts-missing", #","missing":[\#(Self.text(upload.missing))]"#)
            }
            let digest = try upload.whole.withUnsafeBytes { raw in try SHA256Hasher.hash(raw) }
            let text = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            state.uploads[place].state = text == upload.sha256 ? "complete" : "failed"
            return Self.json(state.uploads[place].json)
        }
    }

    private func ingest(_ request: HTTPRequest) -> HTTPResponse {
        Self.json(
            #"{"id":"\#(request.captures["id"] ?? "")","state":"finishedWithRejects","progress":{"resources":7,"#
                + #""rejected":3,"bytesDone":10,"bytesTotal":10},"counts":{"Patient":7}}"#)
    }

    private func rejects(_ request: HTTPRequest) -> HTTPResponse {
        let page = request.query["after"] == "2" ? 2 : 1
        let lines =
            page == 1
            ? #"{"file":"a.ndjson","line":1,"reason":"no JSON","data":"x"}"# + "\n"
                + #"{"file":"b.zip","entry":4,"reason":"no id"}"# + "\n"
            : #"{"file":"c.json","reason":"too deep"}"# + "\n"
        var response = HTTPResponse(contentType: "application/x-ndjson", body: .bytes(Array(lines.utf8)))
        if page == 1 {
            response.headers["Link"] =
                "</api/v1/ingests/\(request.captures["id"] ?? "")/rejects?limit=1000&after=2>; rel=\"next\""
        }
        return response
    }

    private func token(_ request: HTTPRequest) -> HTTPResponse {
        let form = String(decoding: request.body, as: UTF8.self)
        return state.withLock { state in
            state.tokenRequests.append(form)
            let token = "token-\(state.tokenRequests.count)"
            state.tokens = [token]
            return Self.json(#"{"access_token":"\#(token)","token_type":"bearer","expires_in":300}"#)
        }
    }
}
