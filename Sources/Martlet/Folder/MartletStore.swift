internal import Access
package import Audit
package import Base
internal import Compression
internal import FHIR
internal import Glibc
package import RecordStore
internal import SQLDatabase
internal import Vault

/// An open data folder: the records, their keys, and the lock that keeps other processes out.
package final class MartletStore: Sendable {
    package let folder: DataFolder
    package let records: RecordStore
    /// Authenticates paging links; the same at every start.
    package let pageKey: SipKey
    /// What was done to whose records.
    package let trails: AuditTrails
    let vault: Vault
    /// Where the master key came from.
    let keySource: MasterKeySource
    private let keys: any SQLDatabase
    private let lock: FolderLock

    /// What a command wants of a folder without a store.
    package enum Absence: Sendable {
        /// Makes a store there.
        case create
        /// Refuses.
        case refuse
    }

    /// Opens the store in a folder. What its log holds beyond its index is read before this returns.
    /// - Parameters:
    ///   - holder: the command that opens it, named to other processes that would.
    ///   - keyCommand: prints the master key; `nil` for what the environment names, or else the file.
    ///   - servesReads: whether many short reads are to come: then a part of the data is mapped into memory.
    ///   - report: told what fails in the background while the store is open.
    /// - Throws: `MartletError.inUse` if another process has it open, `MartletError.folder` if a part of the store is
    ///   missing; `VaultError`, `SQLError` and `StoreError` if a part is damaged or does not belong to the others.
    package static func open(
        _ folder: DataFolder, absence: Absence, holder: String, keyCommand: String? = nil,
        servesReads: Bool = false, clock: any Clock = SystemClock(),
        report: @escaping @Sendable (any Error) -> Void = { Console().note("martlet: " + ErrorText.describe($0)) }
    ) throws -> MartletStore {
        if absence == .refuse && !folder.holdsStore {
            throw MartletError(.folder, "there is no store in \(folder.path)")
        }
        try folder.prepare()
        let lock = try FolderLock(folder, holder: holder)
        let isNew = !DataFolder.exists(folder.keyStore) && !DataFolder.exists(folder.database)
        if !isNew && !DataFolder.exists(folder.keyStore) {
            throw MartletError(
                .folder, "\(folder.keyStore) is missing: without its keys the records cannot be opened; put it back")
        }
        let source = try MasterKeySource.named(command: keyCommand, file: folder.masterKey)
        // Before the key store: one that is there without its key, after a start that was cut off, could never be opened.
        if isNew, case .file = source { _ = try source.load(mayCreate: true) }
        let keys = try SQLiteDatabase(path: folder.keyStore)
        do {
            // A key made anew would open nothing of what an older one has wrapped.
            let vault = try source.open(keys, mayCreate: isNew)
            if !DataFolder.exists(folder.database), let tenant = try vault.tenantNames().first {
                throw MartletError(
                    .folder, "\(folder.database) is missing, yet there are keys of its tenant '\(tenant)'; put it back")
            }
            let pageKey = try vault.derived("martlet paging links").withBytes { bytes in
                SipKey(
                    low: bytes.loadUnaligned(as: UInt64.self),
                    high: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            return try MartletStore(
                folder: folder, vault: vault, keySource: source, keys: keys, pageKey: pageKey, lock: lock,
                mappedBytes: servesReads ? 256 << 20 : 0, clock: clock, report: report)
        } catch {
            try? keys.close()
            throw error
        }
    }

    private init(
        folder: DataFolder, vault: Vault, keySource: MasterKeySource, keys: any SQLDatabase, pageKey: SipKey,
        lock: FolderLock, mappedBytes: Int, clock: any Clock, report: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.folder = folder
        self.vault = vault
        self.keySource = keySource
        self.keys = keys
        self.pageKey = pageKey
        self.lock = lock
        trails = try AuditTrails(
            folder: folder.auditFolder, vault: vault, clock: clock,
            options: AuditOptions(anchorFolder: folder.keyFolder))
        let definitions = try Definitions.load()
        let dictionaries = try Dictionaries(dictionary: ShippedDictionary.bytes())
        let data = try SQLiteDatabase(path: folder.database, mappedBytes: mappedBytes)
        do {
            records = try RecordStore(
                database: data, vault: vault, definitions: definitions, dictionaries: dictionaries, clock: clock,
                report: report)
        } catch {
            try? data.close()
            throw error
        }
    }

    /// The names of all tenants that have records, in the order in which they came.
    package func tenantNames() throws -> [String] {
        try vault.tenantNames()
    }

    /// Writes out what waits in memory and closes everything; nothing may be under way or follow.
    package func close() throws {
        defer { lock.release() }
        let isClosed = Result { try records.close() }
        let isSigned = Result { try trails.stop() }
        try keys.close()
        try isClosed.get()
        try isSigned.get()
    }

    /// Puts entries into the trails.
    /// - Parameter report: told why an entry could not be.
    package func auditSink(report: @escaping @Sendable (any Error) -> Void) -> AuditSink {
        { [trails] entry, tenant, done in
            trails.append(entry, tenant: tenant) { result in
                switch result {
                case .success: done(true)
                case .failure(let error):
                    report(error)
                    done(false)
                }
            }
        }
    }
}
