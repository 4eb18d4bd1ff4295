/// What the program tells its caller when it ends.
package enum ExitCode: Int32, Sendable {
    /// What was asked for is done.
    case done = 0
    /// It could not be done; standard error says why.
    case failed = 1
    /// The arguments are wrong; nothing was done.
    case usage = 2
    /// Done, but some of the input was rejected.
    case rejects = 3
}
