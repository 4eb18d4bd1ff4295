internal import Access
internal import Base
internal import FHIRAPI
internal import Foundation
internal import HTTP
internal import JSONTape
internal import RecordStore

/// An export of the whole system, from its order to its manifest, with nothing between it and the interface.
struct ExportBenchmark {
    let store: RecordStore
    let scratch: ScratchFolder
    let say: @Sendable (String) -> Void

    private static let token = "martlet bench"
    private static let pollMicroseconds: UInt32 = 5_000

    /// - Throws: `BenchmarkError.server` if the export fails.
    func run() throws -> [Measurement] {
        var options = FHIRAPIOptions()
        options.asyncFolder = scratch.path + "/async"
        let scope = AccessScope(tenant: .standard, actor: Self.token)
        let api = try FHIRAPI(
            store: store, pageKey: SipKey(low: 1, high: 2), options: options,
            audit: { _, _, done in done(true) }, admission: FHIRAPI.bearer { $0 == Self.token ? scope : nil })
        defer { api.stop() }
        var router = Router(renderError: FHIRAPI.errorRenderer())
        api.addRoutes(to: &router)
        say("letting the index come to rest")
        try store.settle()
        say("exporting everything")
        Usage.forgetPeakMemory()
        let before = Usage.peakMemoryBytes
        let (resources, timing) = try Timing.of { try export(router) }
        let peak = Usage.peakMemoryBytes
        guard resources > 0 else { throw BenchmarkError(.usage, "the store has no resources to export") }
        say("reading and opening all blocks")
        var count = 0
        let reading = try Timing.of {
            try store.forEachLive(scope, LogWalk(point: store.now(scope))) { _, _ in
                count += 1
                return true
            }
        }.timing
        return [
            Measurement(
                "export of everything", Double(resources) / timing.seconds, "resources/s", target: .atLeast(100_000),
                floors: [.init("reading and opening all blocks alone", Double(count) / reading.seconds)],
                details: [
                    .init("resources", Double(resources)), .init("addedMemoryBytes", max(0, peak - before)),
                    .init("processorMicrosecondsPerResource", timing.processorSeconds * 1e6 / Double(resources)),
                ])
        ]
    }

    /// Orders an export and waits for it.
    /// - Returns: how many resources it holds.
    private func export(_ router: Router) throws -> Int {
        let order = try answer(router, .get, "/fhir/$export")
        guard order.status == .accepted, let place = order.headers["content-location"],
            let start = place.range(of: "/fhir/")
        else { throw BenchmarkError(.server, "the export is refused with \(order.status.code)") }
        let status = String(place[start.lowerBound...])
        while true {
            let told = try answer(router, .get, status)
            if told.status == .accepted {
                usleep(Self.pollMicroseconds)
                continue
            }
            guard told.status == .ok else {
                throw BenchmarkError(.server, "the export ends with \(told.status.code)")
            }
            let count = try JSONDocument(told.body.collect()).withRoot { root in
                (root.member("output")?.elements.map { Int($0.member("count")?.text ?? "") ?? 0 } ?? []).reduce(0, +)
            }
            _ = try answer(router, .delete, status)
            return count
        }
    }

    private func answer(_ router: Router, _ method: HTTPMethod, _ target: String) throws -> HTTPResponse {
        let request = try HTTPRequest(
            method: method, target: target,
            headers: ["Authorization": "Bearer " + Self.token, "Prefer": "respond-async"])
        let waiter = AnswerWaiter()
        router(request, Reply { waiter.finish($0) })
        guard case .response(let response) = waiter.wait() else {
            throw BenchmarkError(.server, "\(target) was not answered")
        }
        return response
    }
}

/// Waits for an answer that another thread gives.
final class AnswerWaiter: @unchecked Sendable {
    // Safe to share: the outcome is used under `lock`.
    private let lock = Lock()
    private var outcome: Reply.Outcome?

    func finish(_ outcome: Reply.Outcome) {
        lock.withLock {
            self.outcome = outcome
            lock.signalAll()
        }
    }

    func wait() -> Reply.Outcome {
        lock.withLock {
            while true {
                if let outcome { return outcome }
                lock.wait()
            }
        }
    }
}
