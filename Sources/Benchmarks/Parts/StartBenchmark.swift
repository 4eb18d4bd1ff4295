internal import Base
internal import Foundation

/// From the start of the program on a store that is there to its first answer, a read by id.
struct StartBenchmark {
    let host: BenchmarkHost
    let folder: String
    /// `/fhir/Type/id` of a resource that exists.
    let path: String
    let say: @Sendable (String) -> Void

    private static let starts = 5
    private static let secondsMax = 60.0

    /// Starts and stops the program several times.
    /// - Throws: `BenchmarkError.server` if it does not answer.
    func run() throws -> [Measurement] {
        let token = try host.makeToken(folder)
        _ = try start(path: "/livez", token: token)
        var milliseconds: [Double] = []
        for number in 1...Self.starts {
            say("start \(number) of \(Self.starts)")
            milliseconds.append(try start(path: path, token: token) * 1000)
        }
        milliseconds.sort()
        let floors = try (0..<Self.starts).map { _ in
            try Timing.of { try ChildProgram.run(host.programPath, ["--help"], mayFail: true) }.timing.seconds * 1000
        }.sorted()
        return [
            Measurement(
                "start to first answer", milliseconds[milliseconds.count / 2], "ms", target: .atMost(200),
                floors: [.init("the program's --help", floors[floors.count / 2])],
                details: [.init("bestMilliseconds", milliseconds[0]), .init("starts", Double(Self.starts))])
        ]
    }

    /// - Returns: seconds from the start to the whole answer.
    private func start(path: String, token: String) throws -> Double {
        let port = try Self.freePort()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: host.programPath)
        process.arguments = host.serveArguments(folder, "127.0.0.1:\(port)")
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let start = monotonicNanoseconds()
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        while true {
            let seconds = Double(monotonicNanoseconds() - start) / 1e9
            if let answer = ProbeClient(port: port, token: token).get(path), answer.status != 503 {
                guard answer.status == 200 else {
                    throw BenchmarkError(.server, "the started program answers \(path) with \(answer.status)")
                }
                return Double(monotonicNanoseconds() - start) / 1e9
            }
            guard process.isRunning, seconds < Self.secondsMax else {
                throw BenchmarkError(.server, "the started program did not answer within \(Int(seconds)) s")
            }
            usleep(1000)
        }
    }

    /// A port that was free a moment ago.
    static func freePort() throws -> Int {
        try FixedAnswerServer(bytes: 0).port
    }
}
