/// The bounds of a read. Every one of them ends in a rejection that names it, never in a crash.
package struct IntakeLimits: Sendable {
    /// A line of NDJSON, a Bundle entry or a single resource longer than this is rejected alone.
    package var resourceBytesMax = 32 << 20
    /// A JSON document up to this length travels as one unit; a longer one is split while it streams.
    package var documentBytesMax = 16 << 20
    /// Units of lines and of entries are closed once they hold this much.
    package var unitBytes = 512 << 10
    /// How deep objects and arrays may nest, counted from the Bundle entry or from the document's root.
    package var jsonDepthMax = 64
    /// How many containers (zip, tar, gz, zst) may lie in one another.
    package var nestingMax = 4
    /// Unpacked bytes of one member that are free of the ratio test.
    package var ratioFreeBytes: UInt64 = 10 << 20
    /// Unpacked bytes that one packed byte may become.
    package var ratioMax: UInt64 = 200
    /// Unpacked bytes of one member.
    package var memberBytesMax: UInt64 = 64 << 30
    /// Unpacked bytes of the whole run, those of nested archives counted at each level.
    package var unpackedBytesMax: UInt64 = 4 << 40
    /// Members of one archive.
    package var membersMax = 5_000_000
    /// How often an archive is opened anew to get past a damaged member.
    package var reopensMax = 1_000
    /// Bytes of a nested archive or large document held in memory before a spool is asked for.
    package var spoolMemoryBytesMax = 8 << 20
    /// Original bytes kept with one rejection; the rest is counted, and the record says so.
    package var originalBytesMax: UInt64 = 1 << 30

    package init() {}
}
