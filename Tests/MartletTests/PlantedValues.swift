import Foundation

/// Values that stand in the records and credentials of a test, and must be found nowhere else in clear.
struct PlantedValues {
    private struct Needle {
        var what: String
        var bytes: [UInt8]
    }

    private var needles: [Needle] = []

    init(_ values: KeyValuePairs<String, String>) {
        for (what, value) in values { plant(what, value) }
    }

    /// Adds a value in the forms in which it might be written down: as it is, as in a query, and in UTF-16.
    mutating func plant(_ what: String, _ value: String) {
        let lower = value.lowercased()
        needles.append(Needle(what: what, bytes: Array(lower.utf8)))
        let encoded = Browser.encode(value).lowercased()
        if encoded != lower { needles.append(Needle(what: what + ", as in a query", bytes: Array(encoded.utf8))) }
        let wide = lower.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        needles.append(Needle(what: what + ", in UTF-16", bytes: wide))
    }

    /// What of them stands in a text; upper and lower case are the same.
    func found(in text: String) -> [String] { found(in: Array(text.utf8)) }

    /// What of them stands in bytes; upper and lower case are the same.
    func found(in bytes: [UInt8]) -> [String] {
        let lower = bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        // Where each byte could begin a needle is looked at once.
        var byFirst = [[Needle]](repeating: [], count: 256)
        for needle in needles { byFirst[Int(needle.bytes[0])].append(needle) }
        var found: Set<String> = []
        lower.withUnsafeBufferPointer { lower in
            for place in lower.indices {
                for needle in byFirst[Int(lower[place])]
                where place + needle.bytes.count <= lower.count && !found.contains(needle.what) {
                    let isHere = needle.bytes.withUnsafeBufferPointer { wanted in
                        wanted.indices.allSatisfy { lower[place + $0] == wanted[$0] }
                    }
                    if isHere { found.insert(needle.what) }
                }
            }
        }
        return found.sorted()
    }

    /// What of them stands in the files below a folder, or in the names of those files.
    /// - Returns: a line for each find, and how many bytes were looked at.
    func found(below path: String) throws -> (finds: [String], bytes: Int) {
        var finds: [String] = []
        var count = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            finds += found(in: name).map { "\($0) in the name of \(name)" }
            guard let bytes = Self.bytes(path + "/" + name) else { continue }
            count += bytes.count
            finds += found(in: bytes).map { "\($0) in \(name)" }
        }
        return (finds, count)
    }

    /// What of them a running process shows to the rest of the machine: its variables, its command line, and files that
    /// it has open, those without a name included.
    func found(inProcess identifier: Int32) -> [String] {
        let folder = "/proc/\(identifier)"
        var finds: [String] = []
        for name in ["environ", "cmdline"] {
            let bytes = Self.bytes("\(folder)/\(name)") ?? []
            finds += found(in: bytes).map { "\($0) in /proc/PID/\(name)" }
        }
        // Who is not root may see neither variables nor open files of a process that keeps its memory private.
        for descriptor in (try? FileManager.default.contentsOfDirectory(atPath: folder + "/fd")) ?? [] {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/fd/\(descriptor)")
            guard let target, target.hasPrefix("/"), !target.hasPrefix("/dev/"),
                let bytes = Self.bytes("\(folder)/fd/\(descriptor)")
            else { continue }
            finds += found(in: bytes).map { "\($0) in the open file \(target)" }
        }
        return finds
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
            let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd()
        else { return nil }
        return Array(data)
    }
}
