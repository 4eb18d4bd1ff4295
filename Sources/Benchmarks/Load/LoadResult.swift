/// What a load over HTTP came to.
package struct LoadResult: Sendable, Equatable {
    /// Requests that were answered.
    package var requests = 0
    package var seconds = 0.0
    package var p50Milliseconds = 0.0
    package var p99Milliseconds = 0.0
    /// Answers of 400 and above.
    package var errorAnswers = 0
    /// Connections that failed, and requests that waited too long.
    package var failures = 0
    package var bytes = 0
    /// What this process, the server's side, took of the processors; the load generator is another process.
    package var processorSeconds = 0.0

    package init() {}

    package var requestsPerSecond: Double { seconds > 0 ? Double(requests) / seconds : 0 }
    package var processorMicrosecondsPerRequest: Double {
        requests > 0 ? processorSeconds * 1e6 / Double(requests) : 0
    }
    /// Of one answer, header and body, in the mean.
    package var answerBytes: Int { Int(bytesPerRequest) }
    package var bytesPerRequest: Double { requests > 0 ? Double(bytes) / Double(requests) : 0 }
}
