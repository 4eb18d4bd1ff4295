/// How much a line of the log matters.
package enum LogLevel: Int, Sendable, CaseIterable, Comparable {
    /// What was done, for those who follow the program at work.
    case debug
    /// What an operator expects.
    case information
    /// What an operator should look at some time.
    case warning
    /// What failed, and should not have.
    case error

    /// The level as it stands in a line.
    package var name: StaticString {
        switch self {
        case .debug: "debug"
        case .information: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
