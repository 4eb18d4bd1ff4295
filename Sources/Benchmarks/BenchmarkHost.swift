package import Audit
package import Compression
package import RecordStore

/// What the whole program lends to its benchmarks: a store and a server made in the very way it makes its own.
package struct BenchmarkHost: Sendable {
    /// An open store.
    package struct Store: Sendable {
        package var records: RecordStore
        /// Takes what requests leave in the audit trail.
        package var audit: AuditSink
        /// Writes out what waits in memory and closes everything.
        package var close: @Sendable () throws -> Void

        package init(
            records: RecordStore, audit: @escaping AuditSink, close: @escaping @Sendable () throws -> Void
        ) {
            self.records = records
            self.audit = audit
            self.close = close
        }
    }

    /// The program's version.
    package var version: String
    /// The executable; `start` measures it.
    package var programPath: String
    /// Opens the store in a folder, or makes one there, as the program does to take in or to serve.
    package var openStore: @Sendable (_ folder: String, _ servesReads: Bool) throws -> Store
    /// Whether a folder holds a store.
    package var holdsStore: @Sendable (_ folder: String) -> Bool
    /// The database file of the store in a folder.
    package var databasePath: @Sendable (_ folder: String) -> String
    /// Makes a bearer token for the store in a folder that no server has open, good for an hour and over restarts.
    package var makeToken: @Sendable (_ folder: String) throws -> String
    /// The program's arguments to serve a folder at an address.
    package var serveArguments: @Sendable (_ folder: String, _ address: String) -> [String]
    /// What blocks are compressed with.
    package var makeDictionaries: @Sendable () throws -> Dictionaries

    package init(
        version: String, programPath: String, openStore: @escaping @Sendable (String, Bool) throws -> Store,
        holdsStore: @escaping @Sendable (String) -> Bool, databasePath: @escaping @Sendable (String) -> String,
        makeToken: @escaping @Sendable (String) throws -> String,
        serveArguments: @escaping @Sendable (String, String) -> [String],
        makeDictionaries: @escaping @Sendable () throws -> Dictionaries
    ) {
        self.version = version
        self.programPath = programPath
        self.openStore = openStore
        self.holdsStore = holdsStore
        self.databasePath = databasePath
        self.makeToken = makeToken
        self.serveArguments = serveArguments
        self.makeDictionaries = makeDictionaries
    }
}
