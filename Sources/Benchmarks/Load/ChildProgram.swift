internal import Foundation

/// Other programs that a benchmark runs.
enum ChildProgram {
    /// Finds a program in the search path.
    static func path(of name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.lazy.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end.
    /// - Returns: what it wrote to its standard output and error, together.
    /// - Throws: `BenchmarkError.loadGenerator` if it can't be started or fails.
    static func run(_ path: String, _ arguments: [String], mayFail: Bool = false) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw BenchmarkError(.loadGenerator, "\(path) can't be started", cause: error)
        }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard mayFail || process.terminationStatus == 0 else {
            throw BenchmarkError(.loadGenerator, "\(path) failed: \(text)")
        }
        return text
    }
}
