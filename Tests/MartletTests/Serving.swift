import Foundation
import Testing

/// The program, serving a store on a free port.
final class Serving {
    let process: ProgramProcess
    let port: Int
    let token: String
    /// Where the first administrator is made; `nil` once there is one.
    let setupLink: String?

    /// Starts it and waits until it serves.
    convenience init(_ data: String, _ more: String..., environment: [String: String] = [:]) throws {
        try self.init(data, options: more, environment: environment)
    }

    /// Starts it with options and waits until it serves.
    init(_ data: String, options: [String], environment: [String: String] = [:]) throws {
        process = try ProgramProcess(
            ["serve", "--data", data, "--listen", "127.0.0.1:0", "--json"] + options, environment: environment)
        let line = process.firstLine()
        setupLink = line.range(of: "\"setupLink\":\"").map { String(line[$0.upperBound...].prefix { $0 != "\"" }) }
        port = try #require(try? ProgramProcess.numbers(in: line)["port"], "\(process.errors)")
        token = try Self.token(data)
    }

    /// A token from the command that gives operators theirs.
    static func token(_ data: String, _ more: String...) throws -> String {
        let outcome = try ProgramProcess.run(["token", "--data", data] + more)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    func get(_ target: String, withToken: Bool = true) throws -> (status: Int, text: String) {
        try WireClient.get(target, port: port, token: withToken ? token : nil)
    }

    /// Asks it to stop and waits until it has.
    func stop() -> ProgramProcess.Outcome {
        process.signal(SIGTERM)
        return process.finish()
    }
}
