import Foundation
import Testing

import Intake

/// A folder that is gone when the test is over, and the means to fill it.
final class Scratch {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "intake-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Data(text.utf8))
    }

    @discardableResult
    func write(_ name: String, _ data: Data) throws -> String {
        let url = URL(filePath: file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        return url.path
    }

    /// Runs a Python program in the folder, with what tests need imported.
    func python(_ program: String) throws {
        let imports = "import zipfile, tarfile, gzip, io, os, json, struct, zlib\n"
        try run("python3", ["-c", imports + program])
    }

    func run(_ tool: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.currentDirectoryURL = URL(filePath: path)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// Reads paths below the folder.
    func read(
        _ names: String..., limits: IntakeLimits = IntakeLimits(), standardInput: Int32 = 0,
        makeSpool: @escaping SpoolFactory = { MemorySpool() }
    ) throws -> Reading {
        let rejectsPath = file("rejects-\(UUID().uuidString).ndjson")
        let rejects = RejectsWriter(path: rejectsPath)
        var walker = SourceWalker(
            paths: names.map { $0 == "-" ? $0 : file($0) }, limits: limits, rejects: rejects, makeSpool: makeSpool)
        walker.standardInput = standardInput
        var slices: [Reading.Slice] = []
        var units: [RawUnit] = []
        let summary = try walker.run { unit in
            units.append(unit)
            unit.forEachSlice { slice in
                slices.append(
                    Reading.Slice(
                        place: unit.place(of: slice), text: String(decoding: slice.bytes, as: UTF8.self),
                        shape: unit.shape))
            }
        }
        return Reading(
            slices: slices, units: units, summary: summary, rejects: try Reading.rejects(rejectsPath), root: path)
    }
}

/// What came of reading.
struct Reading {
    struct Slice {
        var place: Place
        var text: String
        var shape: RawUnit.Shape
    }

    struct Reject {
        var file: String
        var code: String
        var reason: String
        var line: Int?
        var entry: Int?
        var offset: Int
        var data: Data?
        var isTruncated: Bool

        var text: String? { data.map { String(decoding: $0, as: UTF8.self) } }
    }

    var slices: [Slice]
    var units: [RawUnit]
    var summary: WalkSummary
    var rejects: [Reject]
    var root: String

    var texts: [String] { slices.map(\.text) }
    var codes: [String] { rejects.map(\.code) }
    /// Files of the slices, below the folder, each once, in order.
    var files: [String] {
        var names: [String] = []
        for slice in slices {
            let name = String(slice.place.file.dropFirst(root.count + 1))
            if names.last != name { names.append(name) }
        }
        return names
    }

    static func rejects(_ path: String) throws -> [Reject] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return try data.split(separator: 0x0A).map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            var original = (object["data"] as? String).map { Data($0.utf8) }
            if let text = object["dataBase64"] as? String { original = Data(base64Encoded: text) }
            return Reject(
                file: try #require(object["file"] as? String), code: try #require(object["code"] as? String),
                reason: try #require(object["reason"] as? String), line: object["line"] as? Int,
                entry: object["entry"] as? Int, offset: try #require(object["offset"] as? Int), data: original,
                isTruncated: object["dataTruncated"] as? Bool ?? false)
        }
    }
}
