/// Why a benchmark could not be run.
package struct BenchmarkError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// The options do not fit together, or the input is not there.
        case usage
        /// The load generator is missing or failed.
        case loadGenerator
        /// The server did not answer, or answered with errors.
        case server
        /// A file of the run could not be made, read or written.
        case files
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    package var description: String { detail }
}
