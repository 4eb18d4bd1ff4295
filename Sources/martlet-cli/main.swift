internal import Glibc
internal import Martlet

// The main thread, which Swift's main actor runs on, only waits from here on: no task may be left to it.
exit(Program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
