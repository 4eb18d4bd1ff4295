internal import Base
internal import Foundation

/// Puts a server under load with `wrk`.
struct LoadGenerator {
    let connections: Int
    let seconds: Int
    private let program: String
    private let scratch: ScratchFolder

    /// - Throws: `BenchmarkError.loadGenerator` if `wrk` is not installed.
    init(_ options: BenchmarkOptions, scratch: ScratchFolder) throws {
        guard let program = ChildProgram.path(of: "wrk") else {
            throw BenchmarkError(.loadGenerator, "wrk, the load generator, is not installed: run bin/setup bench")
        }
        self.program = program
        self.scratch = scratch
        connections = max(1, options.connections)
        seconds = max(1, options.seconds)
    }

    /// The load generator's version.
    var version: String {
        let text = (try? ChildProgram.run(program, ["-v"], mayFail: true)) ?? ""
        // "wrk debian/4.1.0-3 [epoll] Copyright …"
        return text.split(separator: " ").dropFirst().first.map(String.init) ?? "unknown"
    }

    /// Sends GET requests for paths drawn at random.
    func get(_ paths: [String], from address: String, token: String) throws -> LoadResult {
        let list = try scratch.write("paths.txt", paths.joined(separator: "\n") + "\n")
        return try run(address, LoadScript.get(pathsFile: list, token: token))
    }

    /// Posts Observations, each with another value, about patients drawn at random.
    func postObservations(about patients: [String], to address: String, token: String) throws -> LoadResult {
        let list = try scratch.write("patients.txt", patients.joined(separator: "\n") + "\n")
        return try run(address, LoadScript.postObservations(patientsFile: list, token: token))
    }

    /// Posts transaction Bundles, each a visit of a patient drawn at random.
    func postTransactions(about patients: [String], to address: String, token: String) throws -> LoadResult {
        let list = try scratch.write("patients.txt", patients.joined(separator: "\n") + "\n")
        return try run(address, LoadScript.postTransactions(patientsFile: list, token: token))
    }

    private func run(_ address: String, _ script: String) throws -> LoadResult {
        let file = try scratch.write("load.lua", script)
        let threads = min(connections, processorCount())
        let (text, timing) = try Timing.of {
            try ChildProgram.run(
                program,
                [
                    "-t", String(threads), "-c", String(connections), "-d", "\(seconds)s", "--timeout", "10s", "-s",
                    file,
                    address,
                ])
        }
        guard var result = LoadScript.result(in: text) else {
            throw BenchmarkError(.loadGenerator, "wrk did not tell what it saw: \(text)")
        }
        result.processorSeconds = timing.processorSeconds
        return result
    }
}
