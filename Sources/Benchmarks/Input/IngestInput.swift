internal import Foundation

/// What is ingested: the input that the options name, or a zip of synthetic patients.
struct IngestInput {
    let path: String
    /// How many resources were made for it; `nil` where it was there.
    let made: Int?

    /// - Parameter resourcesMax: synthetic resources at most, whatever the options say.
    /// - Throws: `BenchmarkError.usage` if the input is not there, `.files`.
    init(
        _ options: BenchmarkOptions, resourcesMax: Int = .max, scratch: ScratchFolder, say: (String) -> Void
    ) throws {
        if let path = options.inputPath {
            guard FileManager.default.fileExists(atPath: path) else {
                throw BenchmarkError(.usage, "there is no input \(path)")
            }
            (self.path, made) = (path, nil)
            return
        }
        let count = min(options.resources, resourcesMax)
        path = scratch.path + "/synthetic-\(count).zip"
        say("making a zip of \(count) synthetic resources")
        made = try SyntheticArchive.write(to: path, resources: count) { count in
            if count % 1000 < 100 { say("made \(count)") }
        }
    }
}
