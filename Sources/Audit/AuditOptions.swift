/// How trails are kept.
package struct AuditOptions: Sendable {
    /// A second place, apart from the trails, that remembers each tenant's newest head: without it a trail that was cut
    /// back together with its heads cannot be told from a younger one. `nil`: none.
    package var anchorFolder: String?
    /// A head is signed at the latest after so many entries.
    package var headEveryEntries: UInt64 = 4_096
    /// A head is signed at the latest so many seconds after an entry that has none.
    package var headEverySeconds: Double = 60
    /// A file that has grown so large is followed by a new one.
    package var fileBytesMax = 64 << 20
    /// A file whose first entry is so old is followed by a new one, so that retention need not wait for a full file.
    package var fileSecondsMax: Double = 30 * 86_400
    /// Entries of one index part. Not to change for a trail that has parts.
    package var partEntries = 65_536
    /// Entries of one batch, at most.
    package var batchEntriesMax = 4_096
    /// Bytes of one encoded entry, at most.
    package var entryBytesMax = 4 << 20
    /// Entries that may wait to be written.
    package var waitingMax = 65_536
    /// What writes and syncs files; other than the system's in tests alone.
    package var storage: any TrailStorage = SystemStorage()

    package init(anchorFolder: String? = nil) {
        self.anchorFolder = anchorFolder
    }
}
