/// Every command that the program has. Help, parser and dispatch are made from it.
package enum CommandTable {
    /// In the order of the help.
    package static let commands: [Command] = [
        ServeCommand.command,
        IngestCommand.command,
        CheckCommand.command,
        FHIRPathCommand.command,
        SynthCommand.command,
        BenchCommand.command,
    ]

    /// Options that several commands take.
    static let dataOption = OptionFacts("data", "DIR", "the folder of the store (\(DataFolder.standardPath))")
    static let jsonOption = OptionFacts("json", nil, "one JSON object on standard output, and no progress")
}

extension Arguments {
    /// The folder that `--data` names, or the standard one.
    package var dataFolder: DataFolder { DataFolder(text("data") ?? DataFolder.standardPath) }
}
