internal import Access
internal import Audit

/// `martlet audit`: checks, reads and proves what the audit trail holds.
enum AuditCommand {
    static let command: Command = {
        var command = onStore
        let runOnStore = command.run
        // A proof is checked by whoever has it, without a store.
        command.run = { arguments, console in
            arguments.operands.first == "check" ? try run(arguments, console, nil) : try runOnStore(arguments, console)
        }
        return command
    }()

    private static let onStore = Command(
        name: "audit", summary: "check the audit trail, read it, and prove what is in it",
        operands: OperandFacts("ACTION", min: 1, max: 3),
        options: [
            OptionFacts("tenant", "T", "whose trail (default; verify: all)"),
            OptionFacts("patient", "ID", "log: entries about a patient"),
            OptionFacts("agent", "ID", "log: entries of an agent, such as user/ID"),
            OptionFacts("category", "WORD", "log: access, change, denial, authentication, key, configuration, …"),
            OptionFacts("since", "TIME", "log: from a day or moment on: 2026-11-21 or 2026-11-21T08:30:00Z"),
            OptionFacts("until", "TIME", "log: before a day or moment"),
            OptionFacts("count", "N", "log, heads: how many of the newest (100)"),
            OptionFacts("fingerprint", "HEX", "verify: the public key's fingerprint as it was kept elsewhere"),
            OptionFacts("head", "FILE", "verify: a signed head as it was kept elsewhere"),
            OptionFacts("key", "FILE", "check: the public key in PEM"),
            CommandTable.jsonOption,
        ],
        notes: """
            verify               opens all entries, makes the tree again and holds it against every signed head
            log                  shows entries, newest first
            heads                shows signed heads, newest first; the newest is what to publish or keep elsewhere
            key                  shows the public key and its fingerprint
            prove ENTRY          proves that an entry is in the trail, as JSON for whoever has the public key
            consistency FROM TO  proves that nothing changed between two heads, given by their sizes, as JSON
            retire TIME          removes the content of entries from before a day or moment, in whole files; hashes stay
            check FILE           checks a proof made by prove or consistency; needs --key, and no store

            What was altered is named with its place, and the exit code is 1 then. docs/audit.md says what can be known.
            """,
        onStore: { installation, arguments, console in try run(arguments, console, installation.store) })

    /// What an action is given.
    struct Call {
        var arguments: Arguments
        var console: Console
        /// `nil` where only a proof is checked.
        var store: MartletStore?
        /// Behind the action's name.
        var operands: [String]

        var isJSON: Bool { arguments.flag("json") }
    }

    private struct Action: Sendable {
        var name: String
        /// What stands behind its name.
        var operands: [String]
        var run: @Sendable (Call) throws -> ExitCode
    }

    private static let actions = [
        Action(name: "verify", operands: [], run: verify),
        Action(name: "log", operands: [], run: log),
        Action(name: "heads", operands: [], run: heads),
        Action(name: "key", operands: [], run: key),
        Action(name: "prove", operands: ["ENTRY"], run: prove),
        Action(name: "consistency", operands: ["FROM", "TO"], run: consistency),
        Action(name: "retire", operands: ["TIME"], run: retire),
        Action(name: "check", operands: ["FILE"], run: check),
    ]

    private static func run(_ arguments: Arguments, _ console: Console, _ store: MartletStore?) throws -> ExitCode {
        let name = arguments.operands[0]
        guard let action = actions.first(where: { $0.name == name }) else {
            throw ArgumentParser.unknown("action", name, known: actions.map(\.name))
        }
        let operands = Array(arguments.operands.dropFirst())
        guard operands.count == action.operands.count else {
            let wanted = action.operands.isEmpty ? "nothing more" : action.operands.joined(separator: " ")
            throw MartletError(.usage, "audit \(name) takes \(wanted)")
        }
        return try action.run(Call(arguments: arguments, console: console, store: store, operands: operands))
    }

    /// Hands out the trails.
    static func withTrails<Result>(_ call: Call, _ body: (AuditTrails) throws -> Result) throws -> Result {
        guard let store = call.store else { throw MartletError(.system, "no store is open") }
        return try body(store.trails)
    }

    /// The tenant that is named, or the standard one.
    static func tenant(_ call: Call) throws(MartletError) -> TenantName {
        guard let tenant = TenantName(call.arguments.text("tenant") ?? TenantName.standard.description) else {
            throw MartletError(.usage, "--tenant takes 1 to 64 lower-case letters, digits and -")
        }
        return tenant
    }

    /// An operand that is a number of entries.
    static func number(_ text: String, _ what: String) throws(MartletError) -> UInt64 {
        guard let number = UInt64(text) else {
            throw MartletError(.usage, "\(what) is a whole number from 0 on, not '\(text)'")
        }
        return number
    }
}
