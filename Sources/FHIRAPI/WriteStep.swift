internal import HTTP
internal import RecordStore

/// How a write goes on once it is prepared.
enum WriteStep {
    /// There is nothing to commit.
    case answer(HTTPResponse)
    case commit(WriteBatch, WriteSequel)
    /// The answer comes from elsewhere.
    case elsewhere
}

/// What follows a commit.
struct WriteSequel: Sendable {
    /// The answer, if it can be given without reading anything: called on the log's own thread.
    let quickAnswer: @Sendable (CommitReceipt) -> HTTPResponse?
    /// The answer.
    let answer: @Sendable (CommitReceipt, Workbench) throws -> HTTPResponse
    /// Why the commit was refused, in words for the client; `nil` if the interaction is to be done again.
    let refusal: @Sendable (StoreError) -> FHIRAPIError?
}
