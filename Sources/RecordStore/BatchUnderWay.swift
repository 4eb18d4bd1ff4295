/// A batch that has its sequence numbers and is not yet durable, as far as guards look at it.
final class BatchUnderWay {
    // Used under the sequencer's lock alone.
    let writes: [PreparedWrite]
    /// For each write its sequence number, 0 where nothing is written.
    let sequences: [UInt64]
    let tokens: [UInt64]
    /// All tokens, made when a guard first asks: an ingest's batches are asked many times over, or never.
    private lazy var known = Set(tokens)

    init(writes: [PreparedWrite], sequences: [UInt64], tokens: [UInt64]) {
        self.writes = writes
        self.sequences = sequences
        self.tokens = tokens
    }

    /// The tokens of the entry with a sequence number; `nil` if it is not of this batch.
    func tokens(of sequence: UInt64) -> ArraySlice<UInt64>? {
        sequences.firstIndex(of: sequence).map { tokens[writes[$0].tokens] }
    }

    /// Whether some entry has one of the tokens.
    func hasAny(of wanted: some Sequence<UInt64>) -> Bool {
        wanted.contains { known.contains($0) }
    }
}
