import Martlet
import Testing

@Suite struct ArgumentParserTests {
    private static let command = Command(
        name: "pack", summary: "packs", operands: OperandFacts("PATH…", min: 1, max: 2),
        options: [
            OptionFacts("data", "DIR", "a folder"), OptionFacts("count", "N", "how many", isRequired: true),
            OptionFacts("json", nil, "for machines"),
        ]
    ) { _, _ in .done }

    private func parse(_ line: String) throws -> Arguments {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard case .run(let arguments) = try ArgumentParser.parse(words, for: Self.command) else {
            throw MartletError(.usage, "help")
        }
        return arguments
    }

    private func complaint(_ line: String) -> String? {
        do {
            _ = try parse(line)
            return nil
        } catch {
            return (error as? MartletError)?.detail
        }
    }

    @Test func `options, flags and operands come in any order`() throws {
        for line in ["--count 3 a --json b --data=d", "a b --json --data d --count=3"] {
            let arguments = try parse(line)
            #expect(arguments.operands == ["a", "b"])
            #expect(arguments.text("data") == "d")
            #expect(try arguments.integer("count", in: 1...9) == 3)
            #expect(arguments.flag("json"))
        }
    }

    @Test func `what was not given is not there`() throws {
        let arguments = try parse("--count 1 a")
        #expect(arguments.text("data") == nil)
        #expect(!arguments.flag("json"))
    }

    @Test func `everything behind two dashes is an operand, and so is a dash alone`() throws {
        #expect(try parse("--count 1 - -- --json").operands == ["-", "--json"])
    }

    @Test func `a value behind an equals sign may begin with dashes`() throws {
        #expect(try parse("--count 1 a --data=--x=y").text("data") == "--x=y")
    }

    @Test(arguments: ["--help", "-h", "a --help", "--count --nonsense -h"])
    func `help goes before every complaint but the first`(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        let outcome = Result { try ArgumentParser.parse(words, for: Self.command) }
        switch outcome {
        case .success(.help): #expect(line != "--count --nonsense -h")
        default: #expect(line == "--count --nonsense -h")
        }
    }

    @Test(arguments: [
        ("--count 1 a --jsn", "there is no option --jsn; did you mean --json?"),
        ("--count 1 a --dat x", "there is no option --dat; did you mean --data?"),
        ("--count 1 a --wholly-other", "there is no option --wholly-other"),
        ("--count 1 a -j", "there is no option -j"),
        ("--count 1 a --data", "--data needs a value: --data DIR"),
        ("--count 1 a --data=", "--data needs a value: --data DIR"),
        ("--count 1 a --data --json", "--data needs a value: --data DIR"),
        ("--count 1 a --json=yes", "--json takes no value"),
        ("--count 1 --count 2 a", "--count is given twice"),
        ("a", "--count N is missing"),
        ("--count 1", "PATH… is missing"),
        ("--count 1 a b c", "'c' is one argument too many"),
        ("--count 1 a ", "an argument is empty"),
    ])
    func `what is wrong is named`(_ line: String, _ expected: String) {
        #expect(complaint(line) == expected)
    }

    @Test(arguments: ["0", "10", "x", "3.5", "", "99999999999999999999"])
    func `a number out of bounds is refused`(_ text: String) throws {
        guard !text.isEmpty else {
            #expect(complaint("a --count=") == "--count needs a value: --count N")
            return
        }
        let arguments = try parse("a --count \(text)")
        let error = #expect(throws: MartletError.self) { try arguments.integer("count", in: 1...9) }
        #expect(error?.detail == "--count takes a whole number from 1 to 9, not '\(text)'")
        #expect(error?.code == .usage)
    }

    @Test func `a command without operands takes none`() {
        let bare = Command(name: "bare", summary: "nothing", options: []) { _, _ in .done }
        let error = #expect(throws: MartletError.self) { try ArgumentParser.parse(["x"], for: bare) }
        #expect(error?.detail == "'x' is one argument too many")
    }

    @Test(arguments: ["serve", "ingest", "check", "synth"])
    func `a command is in the table`(_ name: String) {
        #expect(CommandTable.commands.contains { $0.name == name })
    }

    @Test func `the help of every command names every option and fits the width`() {
        for command in CommandTable.commands {
            let help = HelpText.command(command)
            for option in command.options {
                #expect(help.contains("--\(option.name)"), "\(command.name)")
                #expect(!option.summary.isEmpty)
            }
            for line in help.split(separator: "\n") { #expect(line.count <= 110, "\(line)") }
            #expect(HelpText.program(CommandTable.commands).contains(command.summary))
        }
    }

    @Test(arguments: [
        ("127.0.0.1:8080", ListenAddressCase("127.0.0.1", 8080)), ("localhost:0", ListenAddressCase("localhost", 0)),
        ("[::1]:65535", ListenAddressCase("::1", 65_535)), ("0.0.0.0:80", ListenAddressCase("0.0.0.0", 80)),
    ])
    func `a listen address is a host and a port`(_ text: String, _ expected: ListenAddressCase) throws {
        let address = try ListenAddress(text)
        #expect(address.host == expected.host)
        #expect(address.port == expected.port)
    }

    @Test(arguments: ["", "80", ":80", "host", "host:", "host:x", "host:65536", "::1:80", "[]:80", "h:+1", "h:٣"])
    func `what is no listen address is refused`(_ text: String) {
        #expect(throws: MartletError.self) { try ListenAddress(text) }
    }

    @Test func `a name that only this machine answers to is loopback`() throws {
        #expect(try ListenAddress("127.0.0.9:1").isLoopback)
        #expect(try ListenAddress("[::1]:1").isLoopback)
        #expect(try !ListenAddress("0.0.0.0:1").isLoopback)
        #expect(try ListenAddress("[::]:1").isWildcard)
    }
}

/// What a listen address should be read as.
struct ListenAddressCase: Sendable {
    let host: String
    let port: Int

    init(_ host: String, _ port: Int) {
        self.host = host
        self.port = port
    }
}
