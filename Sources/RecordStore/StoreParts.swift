internal import Base
internal import Compression
internal import FHIR
internal import SQLDatabase
internal import Search
internal import Vault

/// What the tenants of a store share.
final class StoreParts: Sendable {
    let database: any SQLDatabase
    let definitions: Definitions
    let plans: SearchPlans
    let clock: any Clock
    let limits: StoreLimits
    let reindexPace: ReindexPace
    let sealers: Pool<Sealer>
    let compressors: Pool<BlockCompressor>
    let openers: Pool<BlockOpener>
    let pageCache: GenerationCache<CachedBytes>
    let blockCache: BlockCache
    let commitCounts = CommitCounts()
    /// Whether an older program wrote the store, so that tenants may lack what this one demands.
    let isOfOlderFormat: Bool
    /// Told what fails in the background.
    let report: @Sendable (any Error) -> Void

    init(
        database: any SQLDatabase, definitions: Definitions, clock: any Clock, limits: StoreLimits,
        dictionaries: Dictionaries, reindexPace: ReindexPace, isOfOlderFormat: Bool,
        report: @escaping @Sendable (any Error) -> Void
    ) {
        self.report = report
        self.isOfOlderFormat = isOfOlderFormat
        self.reindexPace = reindexPace
        self.database = database
        self.definitions = definitions
        plans = SearchPlans(definitions: definitions)
        self.clock = clock
        self.limits = limits
        sealers = Pool { try Sealer() }
        compressors = Pool { try BlockCompressor(dictionaries: dictionaries) }
        openers = Pool { try BlockOpener(dictionaries: dictionaries) }
        pageCache = GenerationCache(capacityBytes: limits.pageCacheBytes) { $0.count }
        blockCache = BlockCache(capacityBytes: limits.blockCacheBytes)
    }
}
