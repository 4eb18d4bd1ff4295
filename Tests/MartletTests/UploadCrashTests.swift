import Base
import Foundation
import Testing
import Vault

/// The program, killed while an upload comes.
@Suite(.serialized) struct UploadCrashTests {
    private let home: TemporaryFolder
    private let mark = "Petronella Grossmutter, born 1931"

    init() throws {
        home = try TemporaryFolder()
    }

    @Test func `a server that is killed again and again keeps every part that it answered for, and nothing else`()
        throws
    {
        var random = SeededRandom(seed: 20_261_122)
        let data = home.path("data")
        let parts = (0..<12).map { String(repeating: "\(mark), part \($0). ", count: 8_000) }
        let whole = try hex(digest(parts.joined()))
        var acknowledged: Set<Int> = []
        var id = ""
        var kills = 0
        for _ in 0..<40 where acknowledged.count < parts.count {
            let server = try Serving(data)
            if id.isEmpty { id = try begin(server, parts, whole) }
            let there = try numbers(server, id)
            #expect(acknowledged.isSubset(of: there))
            #expect(try files(data, id).count == there.count)
            let identifier = server.process.identifier
            let delay = UInt32.random(in: 0...150_000, using: &random)
            let isLast = kills >= 8
            let killer = WorkerThread(name: "kill") {
                guard !isLast else { return }
                usleep(delay)
                kill(identifier, SIGKILL)
            }
            for (index, part) in parts.enumerated() where !acknowledged.contains(index + 1) {
                guard let status = try? put(server, id, index + 1, part) else { break }
                #expect(status == 200 || status == 201)
                acknowledged.insert(index + 1)
            }
            killer.join()
            if isLast { continue }
            kills += 1
            #expect(server.process.finish().code == SIGKILL)
        }
        let server = try Serving(data)
        #expect(try numbers(server, id) == Set(1...parts.count))
        var answer = (status: 202, text: "")
        for _ in 0..<50 where answer.status == 202 {
            answer = try send(server, "POST", "/api/v1/uploads/\(id)/complete", "")
        }
        #expect(answer.status == 200 && answer.text.contains(#""state":"complete""#))
        #expect(server.stop().code == 0)
        let paths = try files(data, id)
        #expect(paths.count == parts.count)
        for path in paths + [data + "/platform.db"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(bytes.range(of: Data(mark.utf8)) == nil)
        }
    }

    private func begin(_ server: Serving, _ parts: [String], _ digest: String) throws -> String {
        let size = parts.reduce(0) { $0 + $1.utf8.count }
        let body = #"{"fileName":"records.ndjson","size":\#(size),"partCount":\#(parts.count),"sha256":"\#(digest)"}"#
        let answer = try send(server, "POST", "/api/v1/uploads", body, ["Content-Type: application/json"])
        #expect(answer.status == 201, "\(answer.text)")
        let start = try #require(answer.text.range(of: #""id":""#))
        return String(answer.text[start.upperBound...].prefix { $0 != "\"" })
    }

    private func put(_ server: Serving, _ id: String, _ number: Int, _ part: String) throws -> Int {
        let digest = Data(try digest(part)).base64EncodedString()
        let target = "/api/v1/uploads/\(id)/parts/\(number)"
        return try send(server, "PUT", target, part, ["Content-Digest: sha-256=:\(digest):"]).status
    }

    /// The numbers of the parts that the server has.
    private func numbers(_ server: Serving, _ id: String) throws -> Set<Int> {
        let answer = try server.get("/api/v1/uploads/\(id)/parts?limit=10000")
        #expect(answer.status == 200)
        let found = answer.text.components(separatedBy: #""part":"#).dropFirst()
        return Set(found.compactMap { Int($0.prefix { $0.isNumber }) })
    }

    private func files(_ data: String, _ id: String) throws -> [String] {
        let folder = data + "/uploads/" + id
        return try FileManager.default.contentsOfDirectory(atPath: folder).map { folder + "/" + $0 }
    }

    private func send(
        _ server: Serving, _ method: String, _ target: String, _ body: String, _ fields: [String] = []
    ) throws -> (status: Int, text: String) {
        let client = try WireClient(port: server.port)
        let lines = fields + ["Content-Length: \(body.utf8.count)", "", body]
        try client.send(WireClient.head(method, target, token: server.token) + lines.joined(separator: "\r\n"))
        return try client.receive()
    }

    private func digest(_ text: String) throws -> [UInt8] {
        let digest = try StreamDigest(.sha256)
        try Array(text.utf8).withUnsafeBytes { try digest.update($0) }
        return try digest.finish()
    }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String(format: "%02x", $0) }.joined()
    }
}
