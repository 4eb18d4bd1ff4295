import Base
import Foundation
import JSONTape

/// The program as a process of its own, as a person or a script runs it.
final class ProgramProcess {
    /// What a run left behind.
    struct Outcome {
        var code: Int32
        var output: String
        var errors: String

        /// The members of the JSON object on standard output whose values are whole numbers.
        var numbers: [String: Int] {
            get throws { try ProgramProcess.numbers(in: output) }
        }
    }

    private let process = Process()
    private let folder: TemporaryFolder

    /// Starts the program.
    /// - Parameters:
    ///   - words: its arguments.
    ///   - input: what stands on its standard input; nothing if `nil`.
    ///   - environment: variables that it has besides those of this process.
    init(_ words: [String], input: String? = nil, environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        for name in ["out", "err"] { try folder.write(name, "") }
        try folder.write("in", input ?? "")
        process.executableURL = Self.executable
        process.arguments = words
        if !environment.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        }
        process.standardInput = FileHandle(forReadingAtPath: folder.path("in"))
        process.standardOutput = FileHandle(forWritingAtPath: folder.path("out"))
        process.standardError = FileHandle(forWritingAtPath: folder.path("err"))
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Runs the program to its end.
    static func run(
        _ words: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> Outcome {
        try ProgramProcess(words, input: input, environment: environment).finish()
    }

    var identifier: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { text("out") }
    var errors: String { text("err") }

    /// Waits until the program has ended.
    func finish() -> Outcome {
        process.waitUntilExit()
        return Outcome(code: process.terminationStatus, output: output, errors: errors)
    }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits until the program has written a whole line to standard output, or has ended.
    func firstLine() -> String {
        while true {
            let isRunning = process.isRunning
            if let end = output.firstIndex(of: "\n") { return String(output[..<end]) }
            if !isRunning { return "" }
            usleep(5_000)
        }
    }

    /// Waits until standard error holds a text, or the program has ended.
    func waitForError(_ text: String) -> Bool {
        while process.isRunning {
            if errors.contains(text) { return true }
            usleep(5_000)
        }
        return errors.contains(text)
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: folder.path(name), encoding: .utf8)) ?? ""
    }

    /// The members of a JSON object whose values are whole numbers.
    static func numbers(in text: String) throws -> [String: Int] {
        let parser = try JSONParser()
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { raw in
            var numbers: [String: Int] = [:]
            for member in try parser.parse(raw).members {
                numbers[String(decoding: member.name, as: UTF8.self)] = Int(member.value.text)
            }
            return numbers
        }
    }

    /// Lies beside the test bundle, which the build names on this process's command line.
    static let executable: URL = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
        if let bundle { return URL(filePath: bundle).deletingLastPathComponent().appending(path: "martlet") }
        return Bundle.main.bundleURL.appending(path: "martlet")
    }()
}
