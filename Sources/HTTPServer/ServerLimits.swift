/// What one server takes from its clients at most.
package struct ServerLimits: Sendable {
    /// Bytes of one request body; more is answered with 413.
    package var bodyBytesMax = 64 << 20
    /// Bytes of all request bodies in memory together; beyond it requests with a body are answered with 503.
    package var bodiesBytesMax = 512 << 20
    /// Bytes of the request target; more is answered with 414.
    package var targetBytesMax = 8 << 10
    /// Bytes of names and values of all header fields; more is answered with 431.
    package var headerBytesMax = 16 << 10
    /// Header fields of one request; more is answered with 431.
    package var headerCountMax = 100
    /// Connections open at once, over all threads; further ones wait to be accepted. No more than the process may
    /// have open files, less 128, whatever is set here.
    package var connectionCountMax = 4096
    /// Connections open at once from one client, by IPv4 address or IPv6 network of 64 bits; further ones are closed
    /// as they come. 0 is no limit. Trusted proxies have none.
    package var connectionsPerAddressMax = 256
    /// Whether this machine's own clients have no limit of connections either.
    package var exemptsLoopback = true
    /// Seconds in which nothing is sent or received before a connection is closed.
    package var idleSecondsMax = 30
    /// Seconds from a connection's start, or its last answer, to the next request's whole header.
    package var headerSecondsMax = 60
    /// Seconds a body may take, and one more for each `bodyBytesPerSecondMin` received.
    package var bodySecondsMin = 30
    package var bodyBytesPerSecondMin = 1024
    /// Seconds for which a client may leave an answer lying that it could take, and one more for each
    /// `answerBytesPerSecondMin` that it takes.
    package var answerSecondsMin = 30
    package var answerBytesPerSecondMin = 1024

    package init() {}

    /// How much of a refused body is read and thrown away, so that the client gets to see the answer.
    var discardedBytesMax: Int { bodyBytesMax.multipliedReportingOverflow(by: 4).overflow ? .max : bodyBytesMax * 4 }
}
