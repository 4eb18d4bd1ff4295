/// How patient a pull is, and how much it takes of one server.
package struct PullLimits: Sendable {
    /// Files that are downloaded at a time.
    package var downloadsMax = 4
    /// Files of all pages of a manifest.
    package var filesMax = 200_000
    /// Pages of a manifest, and of one type's search.
    package var manifestPagesMax = 10_000
    package var searchPagesMax = 1_000_000
    /// Bytes of one file, as they come over the line.
    package var fileBytesMax: UInt64 = 200 << 30
    /// Bytes of all files.
    package var bytesMax: UInt64 = 4 << 40
    /// Exports that are asked for until one is had.
    package var exportsMax = 5
    /// Failures of one step in a row.
    package var failuresMax = 10
    /// Seconds between two questions how an export stands, where the server does not say: at first, and at most.
    package var pollSecondsMin = 1.0
    package var pollSecondsMax = 60.0
    /// Seconds after a failure: at first, and at most.
    package var retrySecondsMin = 1.0
    package var retrySecondsMax = 300.0
    /// Resources of one page of a search.
    package var searchPageCount = 500

    package init() {}

    /// Seconds to wait after some failures in a row: twice as long each time, less up to a quarter, so that clients
    /// that failed together do not come back together.
    /// - Parameter draw: a number from 0 to 1, by chance.
    func retrySeconds(failures: Int, draw: Double) -> Double {
        backoff(failures, from: retrySecondsMin, to: retrySecondsMax) * (1 - 0.25 * draw)
    }

    func pollSeconds(polls: Int) -> Double {
        backoff(polls, from: pollSecondsMin, to: pollSecondsMax)
    }

    private func backoff(_ count: Int, from least: Double, to most: Double) -> Double {
        var seconds = least
        for _ in 0..<max(0, min(count - 1, 64)) where seconds < most { seconds *= 2 }
        return min(seconds, most)
    }
}
