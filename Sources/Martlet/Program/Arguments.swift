/// The arguments of one call, checked against the command's table.
package struct Arguments: Sendable {
    /// In the order given.
    package var operands: [String] = []
    /// By the option's name; a flag has an empty value.
    var values: [String: String] = [:]
    /// Where the command was given, if that is another process's folder; else empty.
    var workingFolder = ""
    /// As they were given.
    var words: [String] = []

    package init() {}

    /// The value of an option; `nil` where it was not given.
    package func text(_ name: String) -> String? {
        values[name]
    }

    /// Whether a flag was given.
    package func flag(_ name: String) -> Bool {
        values[name] != nil
    }

    /// The value of an option as a whole number within bounds; `nil` where it was not given.
    /// - Throws: `MartletError.usage`.
    package func integer(_ name: String, in bounds: ClosedRange<Int>) throws(MartletError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), bounds.contains(number) else {
            throw MartletError(
                .usage,
                "--\(name) takes a whole number from \(bounds.lowerBound) to \(bounds.upperBound), not '\(text)'")
        }
        return number
    }
}
