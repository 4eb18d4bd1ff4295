internal import Glibc
internal import Intake

/// Where a synthetic population is written.
protocol PopulationOutput: AnyObject {
    /// Whether resources stand one a line; else each piece is a Bundle in a file of its own.
    var takesLines: Bool { get }

    /// Adds a piece.
    /// - Parameter name: of the Bundle's file.
    func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws

    /// Makes the output whole. Before this, nothing stands under its name.
    func finish() throws
}

/// The kinds of output, told by the name: `x.zip`, `x.ndjson`, `-` for lines on standard output, else a folder.
enum PopulationOutputs {
    /// Begins an output.
    /// - Throws: `MartletError.output` if it cannot be made or is a folder that holds something.
    static func open(_ path: String) throws -> any PopulationOutput {
        if path == "-" { return LinesOutput() }
        if path.hasSuffix(".zip") { return try ZipOutput(path) }
        if path.hasSuffix(".ndjson") { return try LinesOutput(path) }
        return try FolderOutput(path)
    }
}

/// Bundles in a zip file.
private final class ZipOutput: PopulationOutput {
    let takesLines = false
    private let file: FileReplacement
    private let archive: ArchiveWriter

    init(_ path: String) throws {
        file = try FileReplacement(path)
        archive = try ArchiveWriter(descriptor: file.descriptor)
    }

    func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
        try archive.add(name, bytes)
    }

    func finish() throws {
        try archive.finish()
        try file.finish()
    }
}

/// Resources one a line, in a file or on standard output.
private final class LinesOutput: PopulationOutput {
    let takesLines = true
    private let file: FileReplacement?

    init() {
        file = nil
    }

    init(_ path: String) throws {
        file = try FileReplacement(path)
    }

    func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
        guard let file else {
            return try FileReplacement.write(bytes, to: STDOUT_FILENO, named: "standard output")
        }
        try file.write(bytes)
    }

    func finish() throws {
        try file?.finish()
    }
}

/// Bundles as files of a folder.
private final class FolderOutput: PopulationOutput {
    let takesLines = false
    private let path: String

    init(_ path: String) throws(MartletError) {
        self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
        if mkdir(path, 0o755) == 0 { return }
        guard errno == EEXIST else {
            throw MartletError(.output, "cannot make the folder \(path): \(String(cString: strerror(errno)))")
        }
        guard try FolderListing.names(in: path).isEmpty else {
            throw MartletError(.output, "cannot write into \(path): it holds something already")
        }
    }

    func add(_ name: String, _ bytes: UnsafeRawBufferPointer) throws {
        let file = try FileReplacement(path + "/" + name, isDurable: false)
        try file.write(bytes)
        try file.finish()
    }

    func finish() {}
}
