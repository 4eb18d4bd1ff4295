internal import Base
internal import HTTP
internal import Synchronization

/// Whether the server should be sent requests, and if not, what keeps it from answering.
final class Readiness: Sendable {
    /// How far the process is.
    enum Phase: String, Sendable {
        case starting
        case serving
        /// It finishes what is under way and takes nothing new.
        case draining
    }

    /// A part that must work.
    struct Part: Sendable {
        var name: StaticString
        /// Quick, and without waiting for others; what it throws is not shown.
        var check: @Sendable () throws -> Void

        init(_ name: StaticString, check: @escaping @Sendable () throws -> Void) {
            self.name = name
            self.check = check
        }
    }

    /// A part that is not as it should be.
    struct NotReady: Error {}

    private struct State {
        var phase = Phase.starting
        var parts: [Part] = []
    }

    private let state = Mutex(State())

    /// From now on the server is ready as long as all parts work.
    func serve(_ parts: [Part]) {
        state.withLock { $0 = State(phase: .serving, parts: parts) }
    }

    func drain() {
        state.withLock { $0.phase = .draining }
    }

    /// Adds `/livez` and `/readyz`.
    func addRoutes(to router: inout Router) {
        router.answer(.get, "/livez", summary: "Whether the process answers") { _ in Self.alive }
        router.answer(.get, "/readyz", summary: "Whether it should be sent requests, and what is not ready") { _ in
            self.answer
        }
    }

    /// The answer to a probe while there is no router yet; `nil` to any other request.
    func early(_ request: HTTPRequest) -> HTTPResponse? {
        switch request.target.prefix(while: { $0 != "?" }) {
        case "/livez": Self.alive
        case "/readyz": answer
        default: nil
        }
    }

    private static var alive: HTTPResponse {
        var response = HTTPResponse(text: "ok\n")
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    /// `{"status":"ready","parts":{"records":"ok","audit":"ok"}}`; 503 for any other status than `ready`.
    private var answer: HTTPResponse {
        let (phase, parts) = state.withLock { ($0.phase, $0.parts) }
        let results = parts.map { part in (part.name, (try? part.check()) != nil) }
        let isWhole = results.allSatisfy(\.1)
        let status = phase == .serving ? (isWhole ? "ready" : "failing") : phase.rawValue
        let writer = ByteWriter(capacity: 256)
        writer.write("{\"status\":")
        writeJSONString(status, to: writer)
        writer.write(",\"parts\":{")
        for (index, (name, works)) in results.enumerated() {
            if index > 0 { writer.write(",") }
            writeJSONString(name, to: writer)
            writer.write(works ? ":\"ok\"" : ":\"failing\"")
        }
        writer.write("}}\n")
        let isReady = phase == .serving && isWhole
        var response = HTTPResponse(
            status: isReady ? .ok : .serviceUnavailable,
            headers: ["Content-Type": "application/json", "Cache-Control": "no-store"], body: .bytes(writer.copy()))
        if !isReady { response.headers["Retry-After"] = "1" }
        return response
    }
}
