/// A part of a source that one job works on: small, serialisable, and enough to come straight to its bytes.
package struct IngestPart: Sendable, Hashable {
    /// What of one file belongs to a part.
    package struct Piece: Sendable, Hashable {
        /// Index of the file in its source.
        package var file: Int
        package var extent: Extent
    }

    package enum Extent: Sendable, Hashable {
        /// All of it, as it comes.
        case whole
        /// Whole lines of NDJSON.
        case lines(Lines)
        /// Members of a zip, all of one rank.
        case members(Members)
    }

    package struct Lines: Sendable, Hashable {
        /// Where they lie, from the beginning of a line to the end of one.
        package var bytes: Range<UInt64>
        /// Number of the first line, from 1.
        package var firstLine: Int
        /// True for the part that the file begins with: it stands for the file where files are counted.
        package var isFirst: Bool
    }

    package struct Members: Sendable, Hashable {
        /// Where the zip's list of contents begins.
        var directoryStart: UInt64
        var runs: [ZipSlice.Run]
        /// Members whose name another one has that comes before them: which of that name they are.
        var copies: [Copy]
    }

    /// A member that shares its name.
    struct Copy: Sendable, Hashable {
        var member: Int
        var ordinal: Int
    }

    /// Parts of a higher phase are only begun once those of lower ones are done: they refer to what is in these.
    package var phase: Int
    /// How much of the source it takes: what its reading is measured by.
    package var byteCount: UInt64
    /// In the order of their ranks.
    package var pieces: [Piece]

    /// Everything of one file.
    static func whole(file: Int, byteCount: UInt64) -> IngestPart {
        IngestPart(phase: 0, byteCount: byteCount, pieces: [Piece(file: file, extent: .whole)])
    }
}
