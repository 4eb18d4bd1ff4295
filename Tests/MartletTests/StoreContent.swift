import Foundation
import Testing

/// All resources of a served store, without what a store adds to them: equal content is equal text.
struct StoreContent {
    /// Resources by type.
    private(set) var counts: [String: Int] = [:]
    /// One line for each resource, sorted.
    private(set) var lines: [String] = []

    /// Exports everything.
    init(_ serving: Serving) throws {
        let browser = Browser(port: serving.port, token: serving.token)
        let started = try browser.get(
            "/fhir/$export", headers: ["Prefer": "respond-async", "Accept": "application/fhir+json"])
        try #require(started.status == 202, "\(started.text)")
        let address = try #require(started.header("content-location"))
        let status = String(address[try #require(address.range(of: "/fhir/")).lowerBound...])
        var answer = try browser.get(status)
        while answer.status == 202 {
            usleep(50_000)
            answer = try browser.get(status)
        }
        try #require(answer.status == 200, "\(answer.text)")
        let manifest = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
        for output in try #require(manifest["output"] as? [[String: Any]]) {
            let url = try #require(output["url"] as? String)
            let file = try browser.get(String(url[try #require(url.range(of: "/fhir/$async/")).lowerBound...]))
            try #require(file.status == 200, "\(file.status)")
            for line in file.body.split(separator: 0x0A) { try add(Data(line)) }
        }
        lines.sort()
    }

    private mutating func add(_ line: Data) throws {
        var object = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
        var meta = object["meta"] as? [String: Any] ?? [:]
        for name in ["versionId", "lastUpdated"] { meta[name] = nil }
        object["meta"] = meta
        counts[object["resourceType"] as? String ?? "?", default: 0] += 1
        let text = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
        lines.append(String(decoding: text, as: UTF8.self))
    }
}
