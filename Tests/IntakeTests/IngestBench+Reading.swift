import Base
import FHIR
import Foundation
import RecordStore
import Search
import Testing

extension IngestBench {
    /// The ids of all matches of a query, page by page.
    func ids(_ type: String, _ parameters: [(name: String, value: String)] = []) throws -> [String] {
        let typeID = try #require(store.definitions.type(named: type))
        let query = try SearchQuery.parse(
            type: typeID, parameters: parameters, plans: store.plans, now: SystemClock().now())
        var ids: [String] = []
        var cursor: SearchCursor?
        repeat {
            let page = try store.search(scope, query, SearchWindow(count: 1000, cursor: cursor))
            ids += page.matches.map(\.id)
            cursor = page.next
        } while cursor != nil
        return ids
    }

    /// A resource as the store gives it; `nil` if there is none or it was deleted.
    func json(_ type: String, _ id: String) throws -> String? {
        guard let stored = try store.read(scope, type: type, id: id), !stored.isDeleted else { return nil }
        return String(decoding: stored.json, as: UTF8.self)
    }

    /// Writes everything that reading by id gives as NDJSON, and gives the file's path.
    func dump() throws -> String {
        let path = folder + "/dump-\(UUID().uuidString).ndjson"
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: path))
        let line = ByteWriter(capacity: 4 << 20)
        for type in store.definitions.types where type.kind == .resource {
            for id in try ids(type.name) {
                let stored = try #require(try store.read(scope, type: type.name, id: id))
                stored.writeJSON(to: line)
                line.write(UInt8(ascii: "\n"))
                if line.count > 2 << 20 { try flush(line, to: file) }
            }
        }
        try flush(line, to: file)
        try file.close()
        return path
    }

    private func flush(_ bytes: ByteWriter, to file: FileHandle) throws {
        try file.write(contentsOf: Data(bytes.bytes))
        bytes.removeAll()
    }
}

/// A line of `rejects.ndjson`, read by another parser.
struct Reject: Decodable {
    var file: String
    var code: String
    var reason: String
    var line: Int?
    var entry: Int?
    var member: Int?
    var offset: Int
    var path: String?
    var data: String?
    var dataBase64: String?
    var dataTruncated: Bool?

    /// The bytes that were rejected, as they came.
    var original: Data? {
        dataBase64.flatMap { Data(base64Encoded: $0) } ?? data.map { Data($0.utf8) }
    }
}

extension IngestBench {
    /// What was rejected so far.
    func rejected() throws -> [Reject] {
        guard let data = FileManager.default.contents(atPath: folder + "/rejects.ndjson") else { return [] }
        return try data.split(separator: 0x0A).map { try JSONDecoder().decode(Reject.self, from: $0) }
    }
}
