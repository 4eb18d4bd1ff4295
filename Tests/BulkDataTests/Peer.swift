import BulkData
import Foundation
import JSONTape
import Testing

/// The FHIR server in Python that pulls are tested against, as a process of its own.
final class Peer {
    private let process = Process()
    let base: WebLocation
    let port: Int

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Peers/fhir_server.py")
    private static let python = "/usr/bin/python3"

    /// Whether Python is there; says loudly when it is not.
    static var isThere: Bool {
        if FileManager.default.isExecutableFile(atPath: python) { return true }
        print("SKIPPED: a test needs \(python)")
        return false
    }

    convenience init(_ options: String...) throws { try self.init(options) }

    init(_ options: [String]) throws {
        process.executableURL = URL(filePath: Self.python)
        process.arguments = [Self.script.path] + options
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(Int(line.dropFirst("port ".count).prefix { $0.isNumber }))
        base = try #require(WebLocation("http://127.0.0.1:\(port)/fhir"))
    }

    deinit {
        // Other signals may be blocked in what a thread of the tests started.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// One request that came.
    struct Request {
        var method: String
        var path: String
        var query: String
        var range: String?
        var ifNoneMatch: String?
        var hasToken: Bool
    }

    /// What was asked so far.
    func requests() throws -> [Request] {
        try log { root in
            root.member("requests")?.elements.map { item in
                Request(
                    method: item.member("method")?.string ?? "", path: item.member("path")?.string ?? "",
                    query: item.member("query")?.string ?? "", range: item.member("range")?.string,
                    ifNoneMatch: item.member("ifNoneMatch")?.string,
                    hasToken: item.member("authorization")?.bool ?? false)
            } ?? []
        }
    }

    func exports() throws -> Int { try log { Int($0.member("exports")?.text ?? "") ?? -1 } }
    func tokens() throws -> Int { try log { Int($0.member("tokens")?.text ?? "") ?? -1 } }

    private func log<Result>(_ body: (JSONValue) throws -> Result) throws -> Result {
        try JSONDocument(ask("_log", nil)).withRoot(body)
    }

    /// Changes and deletes records.
    func change(_ order: String) throws {
        _ = try ask("_change", order)
    }

    private func ask(_ path: String, _ body: String?) throws -> [UInt8] {
        let curl = Process()
        curl.executableURL = URL(filePath: "/usr/bin/curl")
        curl.arguments =
            ["-s", "--noproxy", "*", "http://127.0.0.1:\(port)/\(path)"] + (body.map { ["-d", $0] } ?? [])
        let pipe = Pipe()
        curl.standardOutput = pipe
        try curl.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        curl.waitUntilExit()
        return Array(bytes)
    }
}
