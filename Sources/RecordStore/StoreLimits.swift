/// What a store takes of memory and where it draws lines.
package struct StoreLimits: Sendable {
    /// Plain index pages kept in memory, in bytes.
    package var pageCacheBytes = 128 << 20
    /// Opened blocks kept in memory, in bytes.
    package var blockCacheBytes = 128 << 20
    /// Postings that wait in memory before they are written as a segment; 16 bytes each.
    package var flushPostings = 2_000_000
    /// Neighbouring segments of one level before they are merged.
    package var mergeSegments = 4
    /// Entries that a merged segment may cover.
    package var segmentEntriesMax = 1 << 24
    /// Matches that one search may open to check or sort them.
    package var openedMatchesMax = 1_000_000

    /// Custom search parameters that a tenant may have in use.
    package var customParametersMax = 256
    /// Versions that are indexed for new custom parameters in one step, between which it looks up.
    package var reindexEntries = 4096
    /// Postings that this gathers in memory before it writes them; 16 bytes each.
    package var reindexPostings = 1_000_000

    /// Resources over which a chain or `_has` of a search may lead.
    package var joinedMax = 200_000

    package init() {}
}
