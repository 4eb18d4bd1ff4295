extension TenantStore {
    /// The newest version of a resource before another of its versions that was not erased.
    func version(before version: StoredResource, in snapshot: Snapshot) throws -> StoredResource? {
        guard let replaced = version.replaces, let sequence = snapshot.erased.readable(upTo: replaced) else {
            return nil
        }
        return try blocks.entry(sequence)
    }

    /// The version of a resource that held at a point of the log, which may be its deletion.
    /// - Parameter head: a version that is not older.
    /// - Returns: `nil` if there was none by then, or if it was erased.
    func version(of head: StoredResource, at bound: UInt64, in snapshot: Snapshot) throws -> StoredResource? {
        var version: StoredResource? = head
        while let present = version, present.sequence > bound {
            version = try self.version(before: present, in: snapshot)
        }
        guard let version, version.sequence != head.sequence else { return version }
        // One that was erased may have come in between.
        return try snapshot.erased.isEmpty || snapshot.isLive(version.sequence, at: bound) ? version : nil
    }
}
