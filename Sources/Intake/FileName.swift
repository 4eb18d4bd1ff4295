/// What the name of a file or archive member says of it.
struct FileName {
    /// The part behind the last slash.
    let base: String

    init(_ path: String) {
        base = path.split(separator: "/").last.map(String.init) ?? path
    }

    /// True for `.ndjson` and `.jsonl`, also where compressed.
    var isLines: Bool {
        hasExtension(["ndjson", "jsonl"])
    }

    /// True where the name says that this holds FHIR: then it is rejected, not skipped, where it doesn't.
    var claimsData: Bool {
        hasExtension(["json", "ndjson", "jsonl", "zip", "tar", "tgz", "gz", "zst", "xml"])
    }

    /// Made by an operating system beside the files that were meant.
    static func isSystemFile(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard let last = parts.last else { return false }
        return parts.contains("__MACOSX") || last.hasPrefix("._") || last == ".DS_Store" || last == "Thumbs.db"
            || last == "desktop.ini"
    }

    private func hasExtension(_ wanted: Set<String>) -> Bool {
        var parts = base.lowercased().split(separator: ".").map(String.init)
        guard parts.count > 1 else { return false }
        if wanted.contains(parts[parts.count - 1]) { return true }
        if ["gz", "zst"].contains(parts.removeLast()), parts.count > 1 {
            return wanted.contains(parts[parts.count - 1])
        }
        return false
    }
}
