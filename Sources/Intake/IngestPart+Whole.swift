extension IngestPart {
    /// Everything of some files, one after the other.
    package static func whole(of contents: [SourceContent]) -> IngestPart {
        IngestPart(
            phase: 0, byteCount: contents.reduce(0) { $0 + $1.byteCount },
            pieces: contents.indices.map { Piece(file: $0, extent: .whole) })
    }
}
