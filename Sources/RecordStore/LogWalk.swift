package import Access
package import FHIR
internal import SQLDatabase
internal import Search
package import Vault

/// What of a log is walked over, in the order of the log.
package struct LogWalk: Sendable {
    /// Whose resources are wanted.
    package enum Patients: Sendable {
        /// All resources, whoever they belong to.
        case unlimited
        /// What lies in some patient's compartment.
        case anyPatient
        /// What lies in the compartments of the patients with these ids.
        case named([String])
    }

    /// The types that are wanted; `nil` for all.
    package var types: Set<TypeID>?
    package var patients = Patients.unlimited
    /// Whether deletions are wanted, instead of what is there.
    package var findsDeletions = false
    /// The entry of the log behind which to begin; 0 for the beginning.
    package var after: UInt64 = 0
    /// The point of the log to look at.
    package var point: LogPoint
    /// The last entry of the log that is wanted, if that is not the point looked at.
    package var last: UInt64 = .max

    package init(point: LogPoint) {
        self.point = point
    }
}

extension RecordStore {
    /// What the state of a tenant's answers that are made later is sealed with.
    package func asyncKey(_ scope: AccessScope) throws -> SecretKey {
        try tenant(scope.tenant).keys.indexKey.derived("martlet async")
    }

    /// Hands out what held at a point of the log: the newest version of each resource by then, in the order of the log.
    /// A few MiB of the log are open at a time, however long it is, and no transaction is while `body` runs.
    /// - Parameters:
    ///   - unreadable: told of entries that are passed over as their patient's key was shredded while this walked.
    ///   - progress: told every few MiB which entry comes next, also where nothing of them is wanted.
    ///   - body: takes each version with its type, and returns whether to go on.
    /// - Throws: `StoreError.damaged`, and what `body` and `progress` throw.
    package func forEachLive(
        _ scope: AccessScope, _ walk: LogWalk, unreadable: (_ count: Int) -> Void = { _ in },
        progress: (_ sequence: UInt64) throws -> Void = { _ in }, _ body: (StoredResource, TypeID) throws -> Bool
    ) throws {
        let tenant = try tenant(scope.tenant)
        let scan = try LogScan(tenant: tenant, scope: scope, walk: walk, definitions: definitions)
        // What cannot be read is told to those alone who may see all.
        func told(_ count: Int) { if scope.authority == .whole { unreadable(count) } }
        if let tokens = scan.tokens {
            try scan.forEachListed(tokens, unreadable: told, progress: progress, body)
        } else {
            try scan.forEachInBlocks(unreadable: told, progress: progress, body)
        }
    }
}

/// Walks over a log block by block, or by lists of the index where few entries are wanted.
struct LogScan {
    private let tenant: TenantStore
    private let scope: AccessScope
    private let walk: LogWalk
    private let definitions: Definitions
    private let bound: UInt64
    private let last: UInt64
    /// What all wanted entries have one of; `nil` if all entries are looked at.
    let tokens: [UInt64]?
    /// The tokens of the named patients' compartments.
    private var compartments: Set<UInt64> = []
    /// The number of the key under which lies what belongs to no patient.
    private var commonKey: Int64?

    /// Plain bytes of blocks that are open at a time; a larger block is open alone.
    private static let openBytesMax = 4 << 20
    /// Entries that are read in one transaction, at most.
    private static let listedMax = 1_000

    init(tenant: TenantStore, scope: AccessScope, walk: LogWalk, definitions: Definitions) throws {
        self.tenant = tenant
        self.scope = scope
        self.walk = walk
        self.definitions = definitions
        bound = min(walk.point.sequence, tenant.state.current.lastSequence)
        last = min(bound, walk.last)
        switch walk.patients {
        case .unlimited: break
        case .anyPatient: commonKey = try tenant.keys.patientKeys([.common])[.common]?.id
        case .named(let ids):
            compartments = try tenant.indexers.with { indexer in
                Set(ids.map { indexer.compartmentToken(patient: $0) })
            }
        }
        if walk.findsDeletions {
            let types = walk.types.map { Array($0) } ?? definitions.concreteResourceTypes
            tokens = try tenant.indexers.with { indexer in types.map { indexer.deletionToken($0) } }
        } else if case .named = walk.patients {
            tokens = Array(compartments)
        } else {
            tokens = nil
        }
    }

    /// Looks at every entry.
    func forEachInBlocks(
        unreadable: (Int) -> Void, progress: (UInt64) throws -> Void,
        _ body: (StoredResource, TypeID) throws -> Bool
    ) throws {
        guard last > walk.after else { return }
        var next = try tenant.blocks.blockFacts(holding: walk.after + 1).first
        while next <= last {
            try progress(next)
            let found = try tenant.blocks.blocks(from: next, through: last, bytesMax: Self.openBytesMax)
            guard let end = found.last?.last else { return }
            // A walk may take hours: what may be seen is asked again and again.
            let viewer = try tenant.viewer(scope, .read)
            let snapshot = tenant.state.current
            for block in found {
                guard let opened = block.opened else {
                    let lost = (block.first...block.last).count { !snapshot.erased.contains($0) }
                    if lost > 0 { unreadable(lost) }
                    continue
                }
                if block.keyNumber == commonKey { continue }
                for sequence in stride(from: max(block.first, walk.after + 1), through: min(block.last, last), by: 1) {
                    guard try snapshot.isLive(sequence, at: bound) else { continue }
                    let entry = try opened.entry(sequence)
                    guard entry.operation == .put, let type = try wantedType(entry) else { continue }
                    if let viewer, try !viewer.sees(entry) { continue }
                    if try !body(entry, type) { return }
                }
            }
            next = end + 1
        }
    }

    /// Looks at the entries that have one of the tokens.
    func forEachListed(
        _ tokens: [UInt64], unreadable: (Int) -> Void, progress: (UInt64) throws -> Void,
        _ body: (StoredResource, TypeID) throws -> Bool
    ) throws {
        var next = walk.after + 1
        while next <= last {
            let snapshot = tenant.state.current
            guard let part = snapshot.parts.first(where: { $0.firstSequence <= next && $0.lastSequence >= next }) else {
                return
            }
            let first = part.firstSequence
            let offsets = try part.evaluate(.tokens(tokens), to: UInt32(min(part.lastSequence, last) - first))
            var wanted = offsets.drop { first + UInt64($0) < next }
            while let offset = wanted.first {
                try progress(first + UInt64(offset))
                let (found, count) = try entries(wanted.prefix(Self.listedMax).map { first + UInt64($0) }, unreadable)
                for (entry, type) in found where try !body(entry, type) { return }
                wanted = wanted.dropFirst(count)
            }
            next = part.lastSequence + 1
        }
    }

    /// Opens some of the entries, as many as may be open at a time.
    /// - Returns: what of them is wanted, and how many were looked at, at least one.
    private func entries(
        _ sequences: [UInt64], _ unreadable: (Int) -> Void
    ) throws -> (found: [(StoredResource, TypeID)], count: Int) {
        var found: [(StoredResource, TypeID)] = []
        var count = 0
        var bytes = 0
        let viewer = try tenant.viewer(scope, .read)
        let snapshot = tenant.state.current
        try tenant.shared.database.readTransaction { connection in
            var blocks = BlockCursor(tenant.blocks, on: connection)
            while count < sequences.count, bytes < Self.openBytesMax {
                let sequence = sequences[count]
                count += 1
                guard try snapshot.isLive(sequence, at: bound) else { continue }
                do {
                    let entry = try blocks.entry(sequence)
                    guard (entry.operation == .delete) == walk.findsDeletions, let type = try wantedType(entry),
                        try !walk.findsDeletions || wasWanted(entry), try viewer?.sees(entry) ?? true
                    else { continue }
                    // An entry keeps its whole block open.
                    if found.last?.0.owner !== entry.owner { bytes += entry.owner.count }
                    found.append((entry, type))
                } catch let error as StoreError where error.code == .shredded {
                    unreadable(1)
                }
            }
        }
        return (found, count)
    }

    private func wantedType(_ entry: StoredResource) throws -> TypeID? {
        defer { withExtendedLifetime(entry) {} }
        guard let type = definitions.resourceType(named: entry.typeText) else {
            throw StoreError(code: .damaged, detail: "entry \(entry.sequence) is of an unknown type")
        }
        guard let types = walk.types else { return type }
        return types.contains(type) ? type : nil
    }

    /// Whether what was deleted belonged to the patients that are asked for.
    private func wasWanted(_ deletion: StoredResource) throws -> Bool {
        if case .unlimited = walk.patients { return true }
        guard let replaced = deletion.replaces else { return false }
        if case .anyPatient = walk.patients { return try tenant.blocks.keyNumber(holding: replaced) != commonKey }
        let before = try tenant.blocks.entry(replaced)
        guard !before.isDeleted else { return false }
        let tokens = try tenant.indexers.with { try $0.index(before).tokens }
        return tokens.contains { compartments.contains($0) }
    }
}
