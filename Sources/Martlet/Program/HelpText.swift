/// The help of the program and of its commands, made from the table that the parser reads.
package enum HelpText {
    private static let columnsMax = 100

    /// The overview: `martlet --help`.
    package static func program(_ commands: [Command]) -> String {
        let rows = commands.map { ($0.name, $0.summary) } + [("help", "show this, or the help of a command")]
        return """
            Martlet keeps patients' records: FHIR in, one sealed and searchable record a patient, FHIR out.

            usage: martlet COMMAND …

            \(table(rows))

            'martlet COMMAND --help' shows what a command takes, 'martlet --version' the version.
            Exit codes: 0 done, 1 failed, 2 bad usage, 3 done but some input was rejected.
            """
    }

    /// The help of one command.
    package static func command(_ command: Command) -> String {
        let rows =
            command.options.map { (heading($0), $0.summary) } + [("--help", "show this")]
        let head = "martlet \(command.name): \(command.summary)\n\n\(usage(command))\n\n\(table(rows))"
        return command.notes.isEmpty ? head : head + "\n\n" + command.notes
    }

    /// How a command is called, on as many lines as it needs.
    package static func usage(_ command: Command) -> String {
        let start = "usage: martlet \(command.name)"
        let operands = command.operands.map { [$0.countMin > 0 ? $0.placeholder : "[\($0.placeholder)]"] } ?? []
        let options = command.options.map { $0.isRequired ? heading($0) : "[\(heading($0))]" }
        let indent = String(repeating: " ", count: start.count)
        var lines = [start]
        for part in operands + options {
            if lines[lines.count - 1].count + part.count + 1 > columnsMax { lines.append(indent) }
            lines[lines.count - 1] += " " + part
        }
        return lines.joined(separator: "\n")
    }

    private static func heading(_ option: OptionFacts) -> String {
        "--" + option.name + (option.value.map { " " + $0 } ?? "")
    }

    /// Two columns; what is long in the second goes on below its own start.
    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, text in
            let start = "  " + name + String(repeating: " ", count: width - name.count + 2)
            var lines = [start]
            for word in text.split(separator: " ") {
                let isFirst = lines[lines.count - 1].count == start.count
                if !isFirst && lines[lines.count - 1].count + word.count + 1 > columnsMax {
                    lines.append(String(repeating: " ", count: start.count))
                }
                lines[lines.count - 1] += (lines[lines.count - 1].count == start.count ? "" : " ") + word
            }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
