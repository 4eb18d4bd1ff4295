/// A batch that has its sequence numbers and is not yet durable, as far as guards look at it.
struct BatchUnderWay {
    let writes: [PreparedWrite]
    /// For each write its sequence number, 0 where nothing is written.
    let sequences: [UInt64]
    let tokens: [UInt64]

    /// The tokens of the entry with a sequence number; `nil` if it is not of this batch.
    func tokens(of sequence: UInt64) -> ArraySlice<UInt64>? {
        sequences.firstIndex(of: sequence).map { tokens[writes[$0].tokens] }
    }
}
