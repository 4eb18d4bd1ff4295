/// One breach of a house rule: where it is, and what is wrong.
struct Finding: Hashable, CustomStringConvertible {
    /// Relative to the root of the repository.
    let path: String
    /// Counted from 1.
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
