internal import Base
internal import HTTP
internal import WebClient

/// Sends parts of one file, several at a time, each from a thread of its own.
final class PartLanes: @unchecked Sendable {
    // Safe to share: what is marked so is used under `lock`; the rest never changes.
    /// What became of a part.
    private enum PartResult {
        case there
        /// The line is bad: it goes back to those that wait, as fewer are to be on their way.
        case postponed
        case over(Ending)
    }

    /// How the lanes ended where nothing failed.
    enum Ending {
        case sent
        /// The upload is no more.
        case gone
        /// The upload is whole: others have completed it.
        case whole
        case smallerParts(UInt64)
    }

    private let client: OnboardingClient
    private let file: PushFile
    private let upload: RemoteUpload
    private let partSize: UInt64
    private let options: PushOptions
    private let budget: RateBudget?
    private let progress: @Sendable (PushProgress) -> Void

    private let lock = Lock()
    // Under `lock`.
    private var waiting: [Int]
    private var pace: LanePace
    private var busy = 0
    private var ending: Ending?
    private var failure: PushError?
    private var acknowledged: UInt64
    private var sentParts = 0
    private var sentBytes: UInt64 = 0
    private var underWay: [Int: UInt64] = [:]

    /// How often a part whose digest the server finds wrong is sent again.
    private static let damagesMax = 5

    init(
        _ client: OnboardingClient, _ file: PushFile, _ upload: RemoteUpload, partSize: UInt64,
        _ missing: [ClosedRange<Int>], _ options: PushOptions, _ budget: RateBudget?,
        _ progress: @escaping @Sendable (PushProgress) -> Void
    ) {
        self.client = client
        self.file = file
        self.upload = upload
        self.partSize = partSize
        self.options = options
        self.budget = budget
        self.progress = progress
        pace = LanePace(most: options.lanes)
        let numbers = missing.flatMap { Array($0) }
        // Each client begins at another place, so that several who push the same seldom send the same part.
        let start = numbers.isEmpty ? 0 : Int.random(in: 0..<numbers.count)
        waiting = (numbers[start...] + numbers[..<start]).reversed()
        acknowledged = file.byteCount
        for number in numbers { acknowledged -= min(acknowledged, length(of: number)) }
    }

    /// Blocks until every part is there, or nothing can be sent any more.
    /// - Throws: `PushError`.
    func run() throws(PushError) -> (ending: Ending, parts: Int, bytes: UInt64) {
        let count = min(pace.most, max(waiting.count, 1))
        let threads = (0..<count).map { lane in
            WorkerThread(name: "push \(lane)") { [self] in
                while let number = next() { end(number, Result { () throws(PushError) in try send(number) }) }
            }
        }
        for thread in threads { thread.join() }
        return try lock.withLock { () throws(PushError) in
            if let failure { throw failure }
            return (ending ?? .sent, sentParts, sentBytes)
        }
    }

    /// The next part to send; waits for its turn.
    /// - Returns: `nil` when there is none left, or it is over.
    private func next() -> Int? {
        lock.withLock {
            while true {
                if failure != nil || ending != nil || waiting.isEmpty { return nil }
                if busy < pace.allowed {
                    busy += 1
                    return waiting.popLast()
                }
                lock.wait()
            }
        }
    }

    private func end(_ number: Int, _ result: Result<PartResult, PushError>) {
        lock.withLock {
            busy -= 1
            underWay[number] = nil
            switch result {
            case .success(.there):
                sentParts += 1
                sentBytes += length(of: number)
                acknowledged += length(of: number)
                pace.succeed()
            case .success(.postponed): waiting.append(number)
            case .success(.over(let end)): ending = ending ?? end
            case .failure(let error): failure = failure ?? error
            }
            lock.signalAll()
        }
        tell()
    }

    private func length(of number: Int) -> UInt64 {
        let start = UInt64(number - 1) * partSize
        return min(partSize, file.byteCount - min(start, file.byteCount))
    }

    private func tell() {
        let bytes = lock.withLock { acknowledged + underWay.values.reduce(0, +) }
        progress(.sending(file: file.name, bytes: min(bytes, file.byteCount), of: file.byteCount))
    }

    private func send(_ number: Int) throws(PushError) -> PartResult {
        let start = UInt64(number - 1) * partSize
        let count = length(of: number)
        var replaces = false
        for _ in 0..<Self.damagesMax {
            let digest = try file.digest(from: start, count: count) { _ in !client.isCancelled }
            var call = OnboardingClient.Call(
                .put, "/uploads/\(upload.id)/parts/\(number)" + (replaces ? "?replace=true" : ""))
            call.headers["Content-Type"] = "application/octet-stream"
            call.headers["Content-Digest"] = "sha-256=:\(Texts.base64(digest)):"
            call.body = { [self] in
                .readable(byteCount: count) { [self] buffer, offset in
                    try read(buffer, offset, of: number, start, count)
                }
            }
            guard let answer = try client.answer(call, mayGoOn: { slowDown(number) }) else { return .postponed }
            if answer.status == 200 || answer.status == 201 { return .there }
            let problem = answer.problem
            switch (answer.status, problem.kind) {
            case (404, "upload-not-found"), (410, "upload-expired"): return .over(.gone)
            case (409, "upload-closed"): return .over(.whole)
            // The whole's digest is known, and these are the bytes that it is made of.
            case (409, "part-differs"): replaces = true
            // Damaged on the way: the client has just read it anew.
            case (400, "digest-mismatch"), (400, "size-mismatch"): try file.checkUnchanged()
            case (413, "part-too-large"):
                guard let most = problem.max, most > 0, most < partSize else {
                    throw OnboardingClient.refusal(answer)
                }
                return .over(.smallerParts(most))
            default: throw OnboardingClient.refusal(answer)
            }
        }
        throw PushError(.refused, "part \(number) of \(file.name) does not arrive as it was sent")
    }

    /// A part did not go through.
    /// - Returns: whether its lane may try again itself.
    private func slowDown(_ number: Int) -> Bool {
        lock.withLock {
            pace.fail(now: monotonicNanoseconds())
            underWay[number] = nil
            return busy <= pace.allowed
        }
    }

    /// Fills a buffer that is about to be sent.
    private func read(
        _ buffer: UnsafeMutableRawBufferPointer, _ offset: UInt64, of number: Int, _ start: UInt64, _ count: UInt64
    ) throws -> Int {
        let room = Int(min(UInt64(buffer.count), count - offset))
        let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]), at: start + offset)
        if let budget { try client.wait(seconds: Double(budget.take(read)) / 1000) }
        lock.withLock { underWay[number] = offset + UInt64(read) }
        tell()
        return read
    }
}
