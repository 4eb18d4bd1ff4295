internal import Access
internal import Audit
internal import Base
internal import RecordStore
internal import Vault
internal import WebApp

/// `martlet keys`: tells of keys, replaces them, and destroys those of a patient.
enum KeysCommand {
    static let command = Command(
        name: "keys", summary: "list, rotate or shred keys",
        operands: OperandFacts("list|rotate|shred", min: 1, max: 1),
        options: [
            OptionFacts("master", nil, "rotate: the master key"),
            OptionFacts(
                "new-master-key-command", "CMD", "rotate --master: the program that prints the new key, if not a file"),
            OptionFacts("tenant", "T", "the tenant (default); rotate: the key that wraps its patients' keys"),
            OptionFacts("patient", "ID", "rotate, shred: the data key of the patient with this id"),
            OptionFacts("reason", "TEXT", "shred: why; it is kept, and should not tell who it was"),
            OptionFacts("yes", nil, "shred: do it; else it is only told what would be erased"),
            CommandTable.jsonOption,
        ],
        notes: """
            rotate takes one of --master, --tenant T and --patient ID [--tenant T]. What is cut off is finished by the
            next start or the next rotation. After a rotation only a new copy of the keys opens what is written then, and
            after that of a patient's key the copies of the records from before do not open with the new keys: make both.
            shred erases a patient for good: every version, in every copy of the records, as far as no copy of the keys
            from before was kept. A rotation of the master key afterwards makes such copies useless.
            """,
        onStore: run)

    @Sendable
    private static func run(
        _ installation: Installation, _ arguments: Arguments, _ console: Console
    ) throws -> ExitCode {
        let action: (Call) throws -> ExitCode
        switch arguments.operands.first {
        case "list": action = list
        case "rotate": action = try rotation(arguments)
        case "shred":
            guard arguments.text("patient") != nil else { throw MartletError(.usage, "shred takes --patient ID") }
            if arguments.flag("yes"), (arguments.text("reason") ?? "").isEmpty {
                throw MartletError(.usage, "shred --yes takes --reason TEXT: it is kept with the record of the erasure")
            }
            action = shred
        default: throw MartletError(.usage, "keys takes list, rotate or shred")
        }
        let tenant = try arguments.tenant()
        let call = Call(
            arguments: arguments, console: console, store: installation.store,
            scope: AccessScope(tenant: tenant, actor: "martlet operator"))
        return try audited(call) { try action(call) }
    }

    /// Does something to keys, with its entry in the audit trail.
    private static func audited(_ call: Call, _ body: () throws -> ExitCode) throws -> ExitCode {
        let words = call.arguments.operands[0]
        let changes = words == "rotate" || words == "shred" && call.arguments.flag("yes")
        guard changes else { return try body() }
        var entry = AuditEntry(
            .key, words == "shred" ? .delete : .update, words == "shred" ? "purge" : "key-rotation",
            time: SystemClock().now(), agent: call.scope.actor)
        if let patient = call.arguments.text("patient") { entry.patients = [patient] }
        entry.detail = call.arguments.text("reason") ?? (call.arguments.flag("master") ? "master key" : nil)
        let result = Result { try body() }
        if case .success(.done) = result { entry.outcome = .success } else { entry.outcome = .seriousFailure }
        _ = try call.store.trails.record(entry, tenant: call.scope.tenant)
        return try result.get()
    }

    private struct Call {
        let arguments: Arguments
        let console: Console
        let store: MartletStore
        let scope: AccessScope

        var isJSON: Bool { arguments.flag("json") }

        func meter(_ label: String, _ unit: String) -> ProgressMeter {
            ProgressMeter(console, label: label, unit: unit, isSilent: isJSON)
        }

        /// - Throws: `MartletError.usage` if there is no such tenant: none is made.
        func checkTenant() throws {
            guard try store.tenantNames().contains(scope.tenant.description) else {
                throw MartletError(.usage, "there is no tenant '\(scope.tenant)'")
            }
        }
    }

    // MARK: list

    private static func list(_ call: Call) throws -> ExitCode {
        let fingerprint = try call.store.vault.masterKeyFingerprint
        let facts = try call.store.vault.keyFacts()
        if call.isJSON {
            let object = JSONObject()
            object.add("masterKey", fingerprint)
            object.add(
                "tenants",
                facts.map { facts in
                    let tenant = JSONObject()
                    tenant.add("tenant", facts.tenant)
                    tenant.add("wrappingKey", Int(facts.wrappingKey))
                    tenant.add("keys", facts.keys)
                    tenant.add("retiring", facts.retiring)
                    tenant.add("shredded", facts.shredded)
                    return tenant
                })
            try call.console.say(object.text)
            return .done
        }
        try call.console.say("Master key \(fingerprint)")
        for facts in facts {
            try call.console.say(
                "\(facts.tenant): \(Figures.count(facts.keys)) keys under wrapping key \(facts.wrappingKey), "
                    + "\(Figures.count(facts.retiring)) being replaced, \(Figures.count(facts.shredded)) destroyed")
        }
        return .done
    }

    // MARK: rotate

    private static func rotation(_ arguments: Arguments) throws -> (Call) throws -> ExitCode {
        let isMaster = arguments.flag("master")
        switch (isMaster, arguments.text("patient"), arguments.text("tenant")) {
        case (true, nil, nil): return rotateMaster
        case (false, .some, _): return rotatePatient
        case (false, nil, .some): return rotateTenant
        default: throw MartletError(.usage, "rotate takes one of --master, --tenant T and --patient ID")
        }
    }

    private static func rotateMaster(_ call: Call) throws -> ExitCode {
        let next = call.arguments.text("new-master-key-command").map { MasterKeySource.command($0) }
        let count = try call.store.keySource.rotate(call.store.vault, to: next)
        return try finish(
            call, "master", count, "keys", "\(Figures.count(count)) keys are wrapped by the new master key.")
    }

    private static func rotateTenant(_ call: Call) throws -> ExitCode {
        let meter = call.meter("Wrapping", "keys")
        let result = Result {
            try call.store.vault.rotateWrappingKey(ofTenant: call.scope.tenant.description) { done, total in
                meter.show(count: done, fraction: total > 0 ? Double(done) / Double(total) : nil)
            }
        }
        meter.end()
        guard let count = try result.get() else {
            throw MartletError(.usage, "there is no tenant '\(call.scope.tenant)'")
        }
        return try finish(call, "tenant", count, "keys", "\(Figures.count(count)) keys are wrapped by the new key.")
    }

    private static func rotatePatient(_ call: Call) throws -> ExitCode {
        try call.checkTenant()
        let meter = call.meter("Sealing", "entries")
        let result = Result {
            try call.store.records.rotateKey(call.scope, patient: call.arguments.text("patient") ?? "") { done, total in
                meter.show(count: Int(done), fraction: total > 0 ? Double(done) / Double(total) : nil)
            }
        }
        meter.end()
        guard let report = try result.get() else { return try absent(call) }
        return try finish(
            call, "patient", report.blocks, "blocks",
            "\(Figures.count(report.blocks)) blocks are sealed by the new key; the old one is destroyed.")
    }

    private static func finish(
        _ call: Call, _ what: String, _ count: Int, _ unit: String, _ text: String
    ) throws -> ExitCode {
        guard call.isJSON else {
            try call.console.say(text)
            return .done
        }
        let object = JSONObject()
        object.add("rotated", what)
        object.add(unit, count)
        object.add("masterKey", try call.store.vault.masterKeyFingerprint)
        try call.console.say(object.text)
        return .done
    }

    private static func absent(_ call: Call) throws -> ExitCode {
        if call.isJSON {
            let object = JSONObject()
            object.add("found", json: "false")
            try call.console.say(object.text)
        } else {
            call.console.note("There is no key of such a patient.")
        }
        return .failed
    }

    // MARK: shred

    private static func shred(_ call: Call) throws -> ExitCode {
        try call.checkTenant()
        let id = call.arguments.text("patient") ?? ""
        let isSure = call.arguments.flag("yes")
        let meter = call.meter("Erasing", "entries")
        meter.phase(isSure ? "Erasing" : "Counting")
        let result = Result {
            isSure
                ? try call.store.records.purge(call.scope, patient: id, reason: call.arguments.text("reason") ?? "")
                : try call.store.records.purgePreview(call.scope, patient: id)
        }
        meter.end()
        guard let report = try result.get() else { return try absent(call) }
        if call.isJSON {
            let object = JSONObject()
            object.add("erased", json: isSure ? "true" : "false")
            object.add("entries", report.entries)
            object.add("blocks", report.blocks)
            object.add("sharedWithOthers", report.sharedWithOthers)
            try call.console.say(object.text)
        } else {
            let shared = "\(Figures.count(report.sharedWithOthers)) of them lie in other patients' compartments too"
            let entries = "\(Figures.count(report.entries)) entries of the log"
            try call.console.say(
                isSure
                    ? "Erased: \(entries); \(shared)." : "This would erase \(entries); \(shared). Add --yes to do it.")
        }
        return isSure ? .done : .failed
    }
}
