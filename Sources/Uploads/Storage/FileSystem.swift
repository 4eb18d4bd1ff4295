internal import Glibc

/// Files and folders, with errors that say what could not be done.
enum FileSystem {
    /// Makes a folder, mode 0700; one that is there is fine.
    /// - Throws: `UploadError.diskFull`, `.storage`.
    static func makeFolder(_ path: String) throws(UploadError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("the folder of an upload can't be made") }
    }

    /// Forces the names in a folder to the disk.
    /// - Throws: `UploadError.diskFull`, `.storage`.
    static func syncFolder(_ path: String) throws(UploadError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("the folder of an upload can't be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("the folder of an upload can't be forced to the disk") }
    }

    /// The names in a folder; none where it is not there.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a folder and the files in it, as far as that goes: what is left is removed at the next start.
    static func removeFolder(_ path: String) {
        for name in names(in: path) { unlink(path + "/" + name) }
        rmdir(path)
    }

    /// Bytes that may be written where a path lies; `nil` if the system does not say.
    static func freeBytes(at path: String) -> UInt64? {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return nil }
        return UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
    }

    /// The error of a call that has just failed.
    static func failure(_ what: String) -> UploadError {
        let reason = errno
        switch reason {
        case ENOSPC, EDQUOT, EFBIG: return UploadError(.diskFull, "The disk is full.")
        default: return UploadError(.storage, "\(what): \(String(cString: strerror(reason)))")
        }
    }
}
