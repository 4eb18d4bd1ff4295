internal import Glibc

/// The folder that holds one store: where each of its files lies.
package struct DataFolder: Sendable {
    /// As the user wrote it, without slashes at its end.
    package let path: String

    /// The folder that commands use when they are told none, shared with `make run`.
    package static let standardPath = ".martlet/data"

    package init(_ path: String) {
        var path = path
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// The sealed records and their index.
    package var database: String { path + "/data.db" }
    /// The folder of what opens the records, mode 0700.
    package var keyFolder: String { path + "/keys" }
    /// Every key, wrapped by the one above it.
    package var keyStore: String { keyFolder + "/keys.db" }
    /// The key above all others, mode 0600.
    package var masterKey: String { keyFolder + "/master.key" }
    /// What the ingests rejected, mode 0600: it holds records in clear.
    package var rejects: String { path + "/rejects.ndjson" }
    /// The result of the ingest that ended last.
    package var ingestRecord: String { path + "/last-ingest.json" }
    /// Exports and other answers that are made later, sealed.
    package var asyncAnswers: String { path + "/async" }
    /// What was done to whose records: the audit trail of each tenant, sealed.
    package var auditFolder: String { path + "/audit" }
    /// Tenants, users, client systems, sessions and tokens, sealed or hashed.
    package var accountsDatabase: String { path + "/accounts.db" }
    /// What is under way and waits: jobs, uploads, ingests; what it tells of people is sealed.
    package var platformDatabase: String { path + "/platform.db" }
    /// How far accounts had come, apart from them; it goes with their backup.
    package var accountsAnchor: String { keyFolder + "/accounts.anchor" }
    /// As `accountsAnchor`, for clients and what they were given.
    package var clientsAnchor: String { keyFolder + "/clients.anchor" }
    /// The parts of uploads, sealed.
    package var uploads: String { path + "/uploads" }
    /// What pulls have brought and not yet delivered, sealed.
    package var pulls: String { path + "/pulls" }
    /// What ingests rejected, sealed.
    package var ingests: String { path + "/ingests" }
    /// Where commands reach the server that has the store open.
    package var controlSocket: String { path + "/control" }
    /// The link by which the first administrator of a new store is made, mode 0600; the next start removes it
    /// once somebody administers the tenant.
    package var setupLink: String { path + "/setup-link" }
    /// Locked by the process that has the store open.
    package var lock: String { path + "/lock" }

    /// How the files begin that spools take; they have no name for longer than a moment.
    var spool: String { path + "/spool" }

    /// Whether a store was begun here.
    package var holdsStore: Bool {
        Self.exists(database) || Self.exists(keyStore) || Self.exists(masterKey)
    }

    /// Makes the folder, mode 0700, and those above it, where they are missing.
    /// - Throws: `MartletError.folder` if that fails, or if the folder holds something else than a store: what lies
    ///   there is not this program's to mix with.
    package func prepare() throws(MartletError) {
        try Self.makeFolder(path)
        let foreign = try FolderListing.names(in: path).filter { !isOwn($0) }
        if !holdsStore, let first = foreign.first {
            throw MartletError(
                .folder, "\(path) holds no store but other files, such as \(first): name a folder of its own")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw MartletError(.folder, "cannot write to \(path): \(Self.reason)")
        }
        try Self.makeFolder(keyFolder)
        var facts = stat()
        guard stat(keyFolder, &facts) == 0, facts.st_mode & 0o077 == 0 else {
            throw MartletError(.folder, "\(keyFolder) is open to others: set its mode to 0700")
        }
    }

    /// Whether a path leads to something.
    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    private func isOwn(_ name: String) -> Bool {
        let names = [
            database, keyFolder, rejects, ingestRecord, asyncAnswers, auditFolder, accountsDatabase,
            platformDatabase, uploads, pulls, ingests, controlSocket, setupLink, lock, spool,
        ].map {
            $0.dropFirst(path.count + 1)
        }
        return names.contains { name == $0 || name.hasPrefix($0 + "-") || name.hasPrefix($0 + ".") }
            || name == "lost+found"
    }

    private static func makeFolder(_ path: String) throws(MartletError) {
        var facts = stat()
        if stat(path, &facts) == 0 {
            guard facts.st_mode & S_IFMT == S_IFDIR else { throw MartletError(.folder, "\(path) is not a folder") }
            return
        }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeFolder(String(path[..<slash]))
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw MartletError(.folder, "cannot make the folder \(path): \(reason)")
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
