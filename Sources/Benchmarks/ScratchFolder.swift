internal import Foundation

/// A folder of its own for a run; removed with all in it when the run ends.
final class ScratchFolder {
    let path: String

    /// - Parameter base: where it is made, since temporary folders of the system may lie in memory.
    /// - Throws: `BenchmarkError.files`.
    init(in base: String) throws {
        path = base + "/martlet-bench-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw BenchmarkError(.files, "cannot make the folder \(path)", cause: error)
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file that only this user can read, and gives its path.
    func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        guard
            FileManager.default.createFile(
                atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw BenchmarkError(.files, "cannot write \(file)") }
        return file
    }
}
