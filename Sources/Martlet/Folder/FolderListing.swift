internal import Glibc

/// What lies in a folder.
enum FolderListing {
    /// The names in a folder, sorted; without those of itself and its parent.
    /// - Throws: `MartletError.folder` if it can't be read.
    static func names(in path: String) throws(MartletError) -> [String] {
        guard let directory = opendir(path) else {
            throw MartletError(.folder, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
