internal import Base

/// The file `hashes`: every hash of the tree in the order of `TreePosition`, 32 bytes each. It follows from the log and
/// is made anew from it where it lags behind; of retired entries it is all that is left.
final class HashFile: Sendable {
    let file: TrailFile
    private let storage: any TrailStorage

    init(_ folder: TrailFolder, _ mode: TrailFile.Mode, _ storage: any TrailStorage) throws(AuditError) {
        file = try TrailFile(folder.hashes, mode, creates: mode == .write)
        self.storage = storage
    }

    /// How many leaves the file has hashes for, at most.
    func read(_ position: UInt64) throws(AuditError) -> TreeHash {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let hash = try withUnsafeMutableBytes(of: &words) { raw throws(AuditError) -> TreeHash? in
            let count = try file.read(into: raw, at: position * UInt64(TreeHash.byteCount))
            return count == raw.count ? TreeHash(UnsafeRawBufferPointer(raw)) : nil
        }
        guard let hash else { throw AuditError(.damaged, "\(file.path) is too short") }
        return hash
    }

    /// Writes hashes that begin where a tree of `size` leaves ends. Not yet durable.
    func write(_ bytes: UnsafeRawBufferPointer, behind size: UInt64) throws(AuditError) {
        let offset = TreePosition.count(size: size) * UInt64(TreeHash.byteCount)
        let failure = storage.write(bytes, to: file.descriptor, at: offset)
        guard failure == 0 else { throw TrailFile.failure(file.path, "cannot be written", failure) }
    }

    func sync() throws(AuditError) {
        let failure = storage.sync(file.descriptor)
        guard failure == 0 else { throw TrailFile.failure(file.path, "cannot be made durable", failure) }
    }

    /// Cuts what lies behind a tree of `size` leaves.
    func cut(size: UInt64) throws(AuditError) {
        let count = TreePosition.count(size: size) * UInt64(TreeHash.byteCount)
        guard try file.byteCount() > count else { return }
        let failure = storage.truncate(file.descriptor, to: count)
        guard failure == 0 else { throw TrailFile.failure(file.path, "cannot be cut", failure) }
    }
}
