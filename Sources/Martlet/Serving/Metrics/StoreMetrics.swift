internal import Access
internal import Base
internal import Glibc
internal import RecordStore
internal import WebApp

/// What is known of the store without counting: read when it is asked for.
enum StoreMetrics {
    private static let commits = MetricFacts(
        "martlet_store_commits_total", .counter, "Commits that are durable, since the start.")
    private static let transactions = MetricFacts(
        "martlet_store_transactions_total", .counter, "Transactions in which commits became durable, one sync each.")
    private static let failures = MetricFacts(
        "martlet_store_commit_failures_total", .counter, "Commits of which nothing was kept.")
    private static let versions = MetricFacts(
        "martlet_store_versions_written_total", .counter, "Versions of resources written since the start.")
    private static let logged = MetricFacts(
        "martlet_store_log_entries", .gauge, "Versions of resources in the logs of all tenants.")
    private static let tenants = MetricFacts("martlet_store_tenants", .gauge, "Tenants that have records.")
    private static let bytes = MetricFacts(
        "martlet_store_bytes", .gauge, "Bytes on the disk, by part of the data folder.", labels: ["part"])
    private static let free = MetricFacts(
        "martlet_disk_free_bytes", .gauge, "Free bytes of the file system that holds the data folder.")
    private static let size = MetricFacts(
        "martlet_disk_size_bytes", .gauge, "Bytes of the file system that holds the data folder.")

    static func declare(_ registry: MetricsRegistry, _ store: MartletStore) {
        registry.read([commits, transactions, failures, versions]) { writer in
            let counts = store.records.commitCounts
            for (facts, value) in [
                (commits, counts.commits), (transactions, counts.transactions), (failures, counts.failures),
                (versions, counts.versions),
            ] {
                writer.begin(facts)
                writer.sample([], value)
            }
        }
        registry.read([logged, tenants]) { writer in
            guard let all = try? store.tenantNames() else { return }
            let names = all.compactMap(TenantName.init).filter(\.isAvailable)
            let ends = names.map { try? store.records.now(AccessScope(tenant: $0, actor: "martlet metrics")).sequence }
            writer.begin(tenants)
            writer.sample([], names.count)
            guard !ends.contains(nil) else { return }
            writer.begin(logged)
            writer.sample([], ends.reduce(UInt64(0)) { $0 + ($1 ?? 0) })
        }
        let sizes = FolderSizes(store.folder)
        registry.read([bytes]) { writer in
            writer.begin(bytes)
            for (part, size) in sizes.now() { writer.sample([part], size) }
        }
        registry.read([free, size]) { writer in
            var facts = statvfs()
            guard statvfs(store.folder.path, &facts) == 0 else { return }
            writer.begin(free)
            writer.sample([], UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
            writer.begin(size)
            writer.sample([], UInt64(facts.f_blocks) * UInt64(facts.f_frsize))
        }
        declareIngest(registry, store)
    }

    private static let ingested = MetricFacts(
        "martlet_last_ingest_resources", .gauge, "What the last 'martlet ingest' did with resources.",
        labels: ["outcome"])
    private static let ingestSeconds = MetricFacts(
        "martlet_last_ingest_duration_seconds", .gauge, "How long the last 'martlet ingest' took, in seconds.")
    private static let ingestEnd = MetricFacts(
        "martlet_last_ingest_timestamp_seconds", .gauge,
        "When the last 'martlet ingest' ended, in seconds since 1970-01-01T00:00:00Z.")

    private static func declareIngest(_ registry: MetricsRegistry, _ store: MartletStore) {
        let record = IngestRecord(store.folder)
        registry.read([ingested, ingestSeconds, ingestEnd]) { writer in
            guard let last = record.load() else { return }
            writer.begin(ingested)
            for (outcome, count) in [
                ("created", last.created), ("updated", last.updated), ("unchanged", last.unchanged),
                ("rejected", last.rejected),
            ] {
                writer.sample([outcome], count)
            }
            writer.begin(ingestSeconds)
            writer.sample([], last.seconds)
            writer.begin(ingestEnd)
            writer.sample([], Double(last.finishedAt.microseconds) / 1e6)
        }
    }
}
