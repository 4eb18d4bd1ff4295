package import Access
internal import Glibc

/// The folder of one tenant's trail, and what its files are called.
package struct TrailFolder: Sendable {
    package let path: String
    /// Where the newest head is remembered besides; `nil` for nowhere.
    package let anchor: String?

    /// - Parameters:
    ///   - root: the folder of all trails.
    ///   - anchorFolder: the folder of all anchors.
    package init(root: String, tenant: TenantName, anchorFolder: String?) {
        path = "\(root)/\(tenant)"
        anchor = anchorFolder.map { "\($0)/audit-\(tenant).anchor" }
    }

    package var keyFile: String { path + "/trail.key" }
    package var publicKeyFile: String { path + "/public-key.pem" }
    package var hashes: String { path + "/hashes" }
    package var heads: String { path + "/heads" }

    /// The file of batches whose first entry has this number.
    package func log(from first: UInt64) -> String { path + "/log-" + Self.digits(first) }

    /// The part of the index whose first entry has this number.
    package func indexPart(from first: UInt64) -> String { path + "/index-" + Self.digits(first) }

    /// Whether there is a trail.
    package var exists: Bool { access(keyFile, F_OK) == 0 }

    /// Whether there is a trail, or once was one.
    package var isKnown: Bool { exists || anchor.map { access($0, F_OK) == 0 } == true }

    /// The first entries of all log files, ascending.
    package func logStarts() throws(AuditError) -> [UInt64] { try starts("log-") }

    /// The first entries of all index parts, ascending.
    package func indexStarts() throws(AuditError) -> [UInt64] { try starts("index-") }

    /// Makes the folder, mode 0700, and those above it.
    func make() throws(AuditError) {
        var made = ""
        for piece in path.split(separator: "/", omittingEmptySubsequences: false) {
            made += made.isEmpty && piece.isEmpty ? "/" : (made.isEmpty || made == "/" ? "" : "/") + piece
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw TrailFile.failure(made, "cannot be made", errno)
            }
        }
        try TrailFile.syncFolder(of: path)
    }

    private func starts(_ prefix: String) throws(AuditError) -> [UInt64] {
        guard let directory = opendir(path) else {
            guard errno == ENOENT else { throw TrailFile.failure(path, "cannot be read", errno) }
            return []
        }
        defer { closedir(directory) }
        var found: [UInt64] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix(prefix), name.utf8.count == prefix.utf8.count + Self.digitCount,
                let number = UInt64(name.dropFirst(prefix.count)), name == prefix + Self.digits(number)
            else { continue }
            found.append(number)
        }
        return found.sorted()
    }

    private static let digitCount = 20

    private static func digits(_ number: UInt64) -> String {
        let text = String(number)
        return String(repeating: "0", count: digitCount - text.utf8.count) + text
    }
}
