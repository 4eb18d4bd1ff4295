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

    /// Has an export made, as its sender would before it announces the manifest.
    func export() throws {
        _ = try ask("fhir/$export", nil)
    }

    /// Changes and deletes records.
    func change(_ order: String) throws {
        _ = try ask("_change", order)
    }

    /// Asks by Python, so that no other program is needed.
    private func ask(_ path: String, _ body: String?) throws -> [UInt8] {
        let script = """
            import sys, urllib.request
            sent = sys.argv[2].encode() if len(sys.argv) > 2 else None
            request = urllib.request.Request(sys.argv[1], data=sent, headers={"Prefer": "respond-async"})
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            sys.stdout.buffer.write(opener.open(request).read())
            """
        let python = Process()
        python.executableURL = URL(filePath: Self.python)
        python.arguments = ["-c", script, "http://127.0.0.1:\(port)/\(path)"] + (body.map { [$0] } ?? [])
        let pipe = Pipe()
        python.standardOutput = pipe
        try python.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        python.waitUntilExit()
        return Array(bytes)
    }
}
