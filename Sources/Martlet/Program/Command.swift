internal import Glibc

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
    /// Does the work on an open store, that of a server too; `nil` for a command that opens what it needs itself.
    var runOnStore: (@Sendable (Installation, Arguments, Console) throws -> ExitCode)?

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

    /// A command that works on an open store: within the server that has it open, or else on its own.
    /// - Parameter absence: whether a missing store is made.
    init(
        name: String, summary: String, operands: OperandFacts? = nil, options: [OptionFacts], notes: String = "",
        absence: MartletStore.Absence = .refuse,
        onStore body: @escaping @Sendable (Installation, Arguments, Console) throws -> ExitCode
    ) {
        self.init(
            name: name, summary: summary, operands: operands,
            options: [CommandTable.dataOption, CommandTable.masterKeyOption] + options,
            notes: notes
        ) { arguments, console in
            let folder = arguments.dataFolder
            if let code = ControlClient.run([Self.workingFolder, name] + arguments.words, at: folder.controlSocket) {
                return code
            }
            let installation = try Installation.open(
                folder, absence: absence, holder: name, keyCommand: arguments.text("master-key-command")
            ) { console.note("martlet \(name): " + $0) }
            let result = Result { try body(installation, arguments, console) }
            try installation.close()
            return try result.get()
        }
        runOnStore = body
    }

    private static var workingFolder: String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }

    /// The option with a name.
    package func option(_ name: String) -> OptionFacts? {
        options.first { $0.name == name }
    }
}
