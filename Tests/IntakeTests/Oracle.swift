import Foundation
import Testing

/// The Python programs beside the tests, which count, compare and search with code that shares nothing with Martlet's.
enum Oracle {
    /// Runs `Tests/Oracle/<name>.py` and reads the one JSON value that it prints.
    static func run<Answer: Decodable>(_ name: String, _ arguments: String...) throws -> Answer {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Oracle")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B", folder.appendingPathComponent(name + ".py").path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(name).py failed")
        return try JSONDecoder().decode(Answer.self, from: output)
    }
}
