import Base
import Foundation

import Synth

/// Checks generated records with another language's JSON parser, and against HL7's own definitions where they are at
/// hand.
struct OutsideCheck {
    /// What the check printed: one line for each fault, the last line a summary.
    let output: String
    let succeeded: Bool

    /// Writes the shared resources and `patients` in both forms to a folder of its own and runs the check over it;
    /// nil where there is no Python. Each of `spoiling` is replaced in the bundles, to see that the check notices.
    init?(
        population: SyntheticPopulation, patients: Range<Int>, definitions: URL?,
        spoiling: [(text: String, by: String)] = []
    ) throws {
        let candidates = ["/usr/bin/python3", "/usr/local/bin/python3"]
        guard let python = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else { return nil }
        let folder = FileManager.default.temporaryDirectory.appending(path: "synth-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let out = ByteWriter(capacity: 1 << 20)
        func save(_ name: String, _ write: (ByteWriter) -> Int) throws {
            out.removeAll()
            _ = write(out)
            try Data(out.bytes).write(to: folder.appending(path: name))
        }
        try save("infrastructure.json") { population.writeInfrastructureBundle(into: $0) }
        try save("infrastructure.ndjson") { population.writeInfrastructureResources(into: $0) }
        for index in patients {
            try save("patient\(index).json") { out in
                let count = population.writePatientBundle(index, into: out)
                guard !spoiling.isEmpty else { return count }
                var text = String(decoding: out.bytes, as: UTF8.self)
                for spoil in spoiling {
                    if let range = text.range(of: spoil.text) { text.replaceSubrange(range, with: spoil.by) }
                }
                out.removeAll()
                out.write(text)
                return count
            }
            try save("patient\(index).ndjson") { population.writePatientResources(index, into: $0) }
        }
        let script = folder.appending(path: "check.py")
        try Data(OutsideCheck.script.utf8).write(to: script)
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [script.path, folder.path] + (definitions.map { [$0.path] } ?? [])
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        output = String(decoding: data, as: UTF8.self)
        succeeded = process.terminationStatus == 0
    }
}
