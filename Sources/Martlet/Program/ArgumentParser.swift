/// Reads the words behind a command by its table.
package enum ArgumentParser {
    /// What the words ask for.
    package enum Outcome: Sendable {
        case run(Arguments)
        /// `--help` or `-h` is among them.
        case help
    }

    /// Reads `--name VALUE`, `--name=VALUE`, flags and operands in any order; everything behind `--` is an operand, and
    /// so is `-` alone.
    /// - Throws: `MartletError.usage` for what the table does not have, for a value missing, given twice or to a flag,
    ///   for a required option missing, and for too few or too many operands.
    package static func parse(_ words: [String], for command: Command) throws(MartletError) -> Outcome {
        var arguments = Arguments()
        arguments.words = words
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                arguments.operands += rest
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                arguments.operands.append(word)
                continue
            }
            if word == "--help" || word == "-h" { return .help }
            try readOption(word, &rest, command, &arguments)
        }
        try check(arguments, command)
        return .run(arguments)
    }

    private static func readOption(
        _ word: String, _ rest: inout ArraySlice<String>, _ command: Command, _ arguments: inout Arguments
    ) throws(MartletError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let given = String(parts[0])
        guard given.hasPrefix("--"), let option = command.option(String(given.dropFirst(2))) else {
            let known = (command.options.map(\.name) + ["help"]).map { "--" + $0 }
            throw unknown("option", given, known: known)
        }
        var value = ""
        if option.value == nil {
            guard parts.count == 1 else { throw MartletError(.usage, "\(given) takes no value") }
        } else if parts.count == 2 {
            value = String(parts[1])
        } else {
            // A value that starts with dashes is most likely the next option; `--name=VALUE` takes any.
            guard let next = rest.first, !next.hasPrefix("--") else { throw missingValue(option) }
            value = next
            rest = rest.dropFirst()
        }
        if option.value != nil && value.isEmpty { throw missingValue(option) }
        guard arguments.values[option.name] == nil || option.value == nil else {
            throw MartletError(.usage, "\(given) is given twice")
        }
        arguments.values[option.name] = value
    }

    private static func check(_ arguments: Arguments, _ command: Command) throws(MartletError) {
        for option in command.options where option.isRequired && arguments.values[option.name] == nil {
            throw MartletError(.usage, "--\(option.name) \(option.value ?? "") is missing")
        }
        guard let operands = command.operands else {
            guard let first = arguments.operands.first else { return }
            throw MartletError(.usage, "'\(first)' is one argument too many")
        }
        if arguments.operands.count < operands.countMin {
            throw MartletError(.usage, "\(operands.placeholder) is missing")
        }
        if arguments.operands.count > operands.countMax {
            throw MartletError(.usage, "'\(arguments.operands[operands.countMax])' is one argument too many")
        }
        if arguments.operands.contains("") { throw MartletError(.usage, "an argument is empty") }
    }

    private static func missingValue(_ option: OptionFacts) -> MartletError {
        MartletError(.usage, "--\(option.name) needs a value: --\(option.name) \(option.value ?? "")")
    }

    /// The error for a word that is not in a list, with the most similar one that is.
    static func unknown(_ kind: String, _ word: String, known: [String]) -> MartletError {
        let hint = Suggestion.nearest(to: word, among: known).map { "; did you mean \($0)?" } ?? ""
        return MartletError(.usage, "there is no \(kind) \(word)\(hint)")
    }
}
