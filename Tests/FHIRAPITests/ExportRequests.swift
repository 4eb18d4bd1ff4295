import Base
import Foundation
import HTTP

/// Orders an export, waits for it, and fetches its files, as a client of Bulk Data Access does.
struct ExportRequests {
    let send: @Sendable (HTTPMethod, String, HTTPHeaders, String?) async throws -> Answer

    init(_ test: TestAPI, token: String = TestAPI.token) {
        send = { method, target, headers, body in
            try await test.send(method, target, headers: headers, body: body, token: token)
        }
    }

    init(_ client: TestClient) {
        send = { method, target, headers, body in
            var all = TestAPI.authorization
            if body != nil { all["Content-Type"] = "application/fhir+json" }
            all.merge(headers)
            return try Answer(await client.send(method, target, headers: all, body: Array((body ?? "").utf8)))
        }
    }

    func kickOff(_ target: String, body: String? = nil, prefer: String = "respond-async") async throws -> Answer {
        try await send(
            body == nil ? .get : .post, target, ["Prefer": prefer, "Accept": "application/fhir+json"], body)
    }

    /// Orders an export and gives the address of its status.
    func begin(_ target: String, body: String? = nil, prefer: String = "respond-async") async throws -> String {
        let answer = try await kickOff(target, body: body, prefer: prefer)
        guard answer.status == .accepted, let place = answer.headers["Content-Location"], answer.bytes.isEmpty else {
            throw Unexpected(text: "\(target): \(answer.status.code) \(answer.text)")
        }
        return Self.path(place)
    }

    /// Asks until the export is over.
    func manifest(_ status: String) async throws -> Answer {
        for _ in 0..<3_000 {
            let answer = try await send(.get, status, ["Accept": "application/json"], nil)
            guard answer.status == .accepted else { return answer }
            guard answer.headers["X-Progress"] != nil, answer.headers["Retry-After"].flatMap(Int.init) != nil else {
                throw Unexpected(text: "no progress")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Unexpected(text: "the export takes too long")
    }

    func lines(_ file: JSON) async throws -> [JSON] {
        let answer = try await raw(file)
        let lines = answer.body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.last?.isEmpty == true, lines.count - 1 == file["count"].number else {
            throw Unexpected(text: "\(file["url"].text) has \(lines.count - 1) lines")
        }
        return try lines.dropLast().map { try JSON(Array($0)) }
    }

    func raw(_ file: JSON, headers: HTTPHeaders = [:]) async throws -> (headers: HTTPHeaders, body: [UInt8]) {
        let bytes = try await fetch(Self.path(file["url"].text), headers)
        return bytes
    }

    private func fetch(_ target: String, _ headers: HTTPHeaders) async throws -> (headers: HTTPHeaders, body: [UInt8]) {
        var all: HTTPHeaders = ["Accept": "application/fhir+ndjson"]
        all.merge(headers)
        do {
            let answer = try await send(.get, target, all, nil)
            throw Unexpected(text: "\(target) is one JSON document: \(answer.text)")
        } catch let answer as NoJSON {
            return (answer.headers, answer.bytes)
        }
    }

    /// All of an export: `Type/id` of its resources, and `Type/id` of what was deleted.
    func all(
        _ target: String, body: String? = nil, prefer: String = "respond-async"
    ) async throws -> (manifest: JSON, resources: [JSON], deleted: [String]) {
        try await contents(try await manifest(begin(target, body: body, prefer: prefer)))
    }

    func contents(_ answer: Answer) async throws -> (manifest: JSON, resources: [JSON], deleted: [String]) {
        guard answer.status == .ok else { throw Unexpected(text: answer.text) }
        var resources: [JSON] = []
        for file in answer.json["output"].array {
            let found = try await lines(file)
            guard found.allSatisfy({ $0["resourceType"].text == file["type"].text }) else {
                throw Unexpected(text: "\(file["url"].text) holds other types")
            }
            resources += found
        }
        var deleted: [String] = []
        for file in answer.json["deleted"].array {
            for bundle in try await lines(file) {
                guard bundle["type"].text == "transaction" else { throw Unexpected(text: "no transaction") }
                for entry in bundle["entry"].array where entry["request"]["method"].text == "DELETE" {
                    deleted.append(entry["request"]["url"].text)
                }
            }
        }
        return (answer.json, resources, deleted)
    }

    /// The lines of an export's files, without order, or how its kick-off is refused.
    func texts(_ target: String) async throws -> Set<String> {
        let answer = try await kickOff(target)
        guard answer.status == .accepted else { return ["\(answer.status.code)"] }
        let status = Self.path(answer.headers["Content-Location"] ?? "")
        let manifest = try await manifest(status)
        guard manifest.status == .ok else { throw Unexpected(text: manifest.text) }
        var texts: Set<String> = []
        for file in manifest.json["output"].array + manifest.json["deleted"].array {
            for line in try await raw(file).body.split(separator: UInt8(ascii: "\n")) {
                let isNew = texts.insert(String(decoding: line, as: UTF8.self)).inserted
                guard isNew else { throw Unexpected(text: "\(target) has a line twice") }
            }
        }
        _ = try await send(.delete, status, [:], nil)
        return texts
    }

    func names(_ target: String, body: String? = nil, prefer: String = "respond-async") async throws -> Set<String> {
        Set(try await all(target, body: body, prefer: prefer).resources.map(\.name))
    }

    static func path(_ url: String) -> String {
        url.hasPrefix("http://fhir.test") ? String(url.dropFirst("http://fhir.test".count)) : url
    }
}

extension JSON {
    /// `Type/id` of a resource.
    var name: String { self["resourceType"].text + "/" + self["id"].text }
}
