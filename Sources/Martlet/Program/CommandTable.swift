internal import Access
internal import Validation

/// Every command that the program has. Help, parser and dispatch are made from it.
package enum CommandTable {
    /// In the order of the help.
    package static let commands: [Command] = [
        ServeCommand.command,
        IngestCommand.command,
        PullCommand.command,
        PushCommand.command,
        CheckCommand.command,
        TenantCommand.command,
        UserCommand.command,
        ClientCommand.command,
        TokenCommand.command,
        JobsCommand.command,
        KeysCommand.command,
        AuditCommand.command,
        FHIRPathCommand.command,
        ValidateCommand.command,
        SynthCommand.command,
        BenchCommand.command,
    ]

    /// Options that several commands take.
    static let dataOption = OptionFacts("data", "DIR", "the folder of the store (\(DataFolder.standardPath))")
    static let validationOption = OptionFacts(
        "validation", "MODE", "how far resources are checked before they are stored: off, structure (as it is), full")
    static let masterKeyOption = OptionFacts(
        "master-key-command", "CMD", "a program that prints the master key; no shell reads it")
    static let jsonOption = OptionFacts("json", nil, "one JSON object on standard output, and no progress")
}

extension Arguments {
    /// What `--validation` says.
    /// - Throws: `MartletError.usage`.
    func validation() throws(MartletError) -> ValidationMode {
        guard let text = text("validation") else { return .structure }
        guard let mode = ValidationMode(rawValue: text) else {
            throw MartletError(.usage, "--validation takes off, structure or full, not '\(text)'")
        }
        return mode
    }

    /// What `--tenant` says, or the tenant of a store that has only one.
    /// - Throws: `MartletError.usage`.
    func tenant() throws(MartletError) -> TenantName {
        guard let name = TenantName(text("tenant") ?? TenantName.standard.description), name.isAvailable else {
            throw MartletError(.usage, "--tenant takes 1 to 64 lower-case letters, digits and -, no - in front")
        }
        return name
    }

    /// A file that an argument names, as seen from where the command was given.
    func path(_ text: String) -> String {
        text.hasPrefix("/") || workingFolder.isEmpty ? text : workingFolder + "/" + text
    }

    /// The folder that `--data` names, or the standard one.
    package var dataFolder: DataFolder { DataFolder(text("data") ?? DataFolder.standardPath) }
}
