internal import Base
internal import Glibc
internal import Vault

/// The program: from the words of a command line to an exit code.
package enum Program {
    /// What `--version` tells and the server's pages show.
    package static let version = "0.1.0"

    /// Runs the command that the words name, and blocks until it has ended.
    ///
    /// Work goes to threads of the commands' own; the calling thread waits.
    /// - Parameter words: the command line without the program's name.
    package static func run(_ words: [String], console: Console = Console()) -> ExitCode {
        // A reader that went away shows as a failed write, not as the death of this process.
        signal(SIGPIPE, SIG_IGN)
        ProcessMemory.keepPrivate()
        Allocator.keepFreedMemory()
        do {
            return try dispatch(words, console)
        } catch {
            console.note("martlet: \(ErrorText.describe(error))")
            return error.code == .usage ? .usage : .failed
        }
    }

    private static func dispatch(_ words: [String], _ console: Console) throws(MartletError) -> ExitCode {
        let commands = CommandTable.commands
        guard let first = words.first else {
            console.note(HelpText.program(commands))
            return .usage
        }
        switch first {
        case "--help", "-h":
            try console.say(HelpText.program(commands))
            return .done
        case "--version":
            try console.say("martlet \(version)")
            return .done
        case "help":
            guard words.count > 1 else {
                try console.say(HelpText.program(commands))
                return .done
            }
            try console.say(HelpText.command(try command(words[1], of: commands)))
            return .done
        default:
            if first.hasPrefix("-") {
                throw ArgumentParser.unknown("option", first, known: ["--help", "--version"])
            }
            return run(try command(first, of: commands), Array(words.dropFirst()), console)
        }
    }

    /// Runs a command that works on an open store, given to the server that has it open.
    /// - Parameter words: the folder in which it was given, then the command line.
    static func run(_ words: [String], on installation: Installation, _ console: Console) -> ExitCode {
        guard words.count > 1, let command = CommandTable.commands.first(where: { $0.name == words[1] }),
            let body = command.runOnStore
        else {
            console.note("martlet: the server does not run this command; is it another version?")
            return .failed
        }
        do {
            guard case .run(var arguments) = try ArgumentParser.parse(Array(words.dropFirst(2)), for: command) else {
                return .usage
            }
            arguments.workingFolder = words[0]
            return try body(installation, arguments, console)
        } catch {
            return report(error, of: command, console)
        }
    }

    private static func command(_ name: String, of commands: [Command]) throws(MartletError) -> Command {
        guard let command = commands.first(where: { $0.name == name }) else {
            var error = ArgumentParser.unknown("command", name, known: commands.map(\.name) + ["help"])
            error.detail += "\n'martlet help' lists them."
            throw error
        }
        return command
    }

    private static func run(_ command: Command, _ words: [String], _ console: Console) -> ExitCode {
        do {
            switch try ArgumentParser.parse(words, for: command) {
            case .help:
                try console.say(HelpText.command(command))
                return .done
            case .run(let arguments):
                return try command.run(arguments, console)
            }
        } catch {
            return report(error, of: command, console)
        }
    }

    private static func report(_ error: any Error, of command: Command, _ console: Console) -> ExitCode {
        console.note("martlet \(command.name): \(ErrorText.describe(error))")
        guard let error = error as? MartletError, error.code == .usage else { return .failed }
        console.note(HelpText.usage(command))
        console.note("'martlet \(command.name) --help' says what they mean.")
        return .usage
    }
}
