/// An option of a command: `--name VALUE`, or a flag that is there or not.
package struct OptionFacts: Sendable {
    /// Without the dashes.
    package var name: String
    /// What stands for the value in the help; `nil` for a flag.
    package var value: String?
    package var summary: String
    package var isRequired: Bool

    package init(_ name: String, _ value: String? = nil, _ summary: String, isRequired: Bool = false) {
        self.name = name
        self.value = value
        self.summary = summary
        self.isRequired = isRequired
    }
}

/// The arguments of a command that are no options.
package struct OperandFacts: Sendable {
    /// What stands for them in the help.
    package var placeholder: String
    package var countMin: Int
    package var countMax: Int

    package init(_ placeholder: String, min countMin: Int, max countMax: Int = .max) {
        self.placeholder = placeholder
        self.countMin = countMin
        self.countMax = countMax
    }
}

/// One command of the program: everything that its help, its parser and its call need.
package struct Command: Sendable {
    package var name: String
    /// One line, for the list of commands and the head of its help.
    package var summary: String
    /// `nil` where it takes options alone.
    package var operands: OperandFacts?
    /// Without `--help`, which every command has.
    package var options: [OptionFacts]
    /// Paragraphs behind the options, already broken into lines.
    package var notes: String
    /// Does the work on the calling thread and blocks until it is done.
    package var run: @Sendable (Arguments, Console) throws -> ExitCode

    package init(
        name: String, summary: String, operands: OperandFacts? = nil, options: [OptionFacts], notes: String = "",
        run: @escaping @Sendable (Arguments, Console) throws -> ExitCode
    ) {
        self.name = name
        self.summary = summary
        self.operands = operands
        self.options = options
        self.notes = notes
        self.run = run
    }

    /// The option with a name.
    package func option(_ name: String) -> OptionFacts? {
        options.first { $0.name == name }
    }
}
