internal import Access
internal import Audit
internal import Base
internal import Vault

extension AuditCommand {
    private static let headsMax = 10_000

    @Sendable
    static func heads(_ call: Call) throws -> ExitCode {
        let tenant = try tenant(call)
        let count = try call.arguments.integer("count", in: 1...headsMax) ?? 100
        try withTrails(call) { trails in
            let heads = try trails.heads(tenant: tenant, count: count)
            guard let key = heads.isEmpty ? nil : try trails.publicKey(tenant: tenant) else {
                try call.console.say(call.isJSON ? "{\"heads\":[]}" : "There is no signed head yet.")
                return
            }
            if call.isJSON {
                let object = JSONObject()
                object.add("tenant", tenant.description)
                object.add("fingerprint", try key.fingerprint())
                object.add(
                    "heads",
                    try heads.map { index, head in
                        let one = JSONObject()
                        one.add("index", index)
                        one.add("size", Int(clamping: head.size))
                        one.add("root", head.root.base64)
                        one.add("timeMicroseconds", Int(head.time.microseconds))
                        one.add("note", try head.note(key))
                        return one
                    })
                try call.console.say(object.text)
            } else {
                for (_, head) in heads { try call.console.say(try head.note(key)) }
            }
        }
        return .done
    }

    @Sendable
    static func key(_ call: Call) throws -> ExitCode {
        let tenant = try tenant(call)
        let key = try withTrails(call) { try $0.publicKey(tenant: tenant) }
        if call.isJSON {
            let object = JSONObject()
            object.add("tenant", tenant.description)
            object.add("fingerprint", try key.fingerprint())
            object.add("pem", key.pem)
            try call.console.say(object.text)
        } else {
            // The PEM alone, so that it can be kept as it is.
            try call.console.say(String(key.pem.dropLast()))
            call.console.note("fingerprint \(try key.fingerprint())")
        }
        return .done
    }

    @Sendable
    static func prove(_ call: Call) throws -> ExitCode {
        let tenant = try tenant(call)
        let number = try number(call.operands[0], "ENTRY")
        let text = try withTrails(call) { trails in
            let proof = try trails.prove(number, tenant: tenant)
            try noteReading(trails, tenant, "prove")
            return try proof.json(trails.publicKey(tenant: tenant))
        }
        try call.console.say(text)
        return .done
    }

    @Sendable
    static func consistency(_ call: Call) throws -> ExitCode {
        let tenant = try tenant(call)
        let from = try number(call.operands[0], "FROM")
        let to = try number(call.operands[1], "TO")
        let text = try withTrails(call) { trails in
            try trails.consistency(from: from, to: to, tenant: tenant).json(trails.publicKey(tenant: tenant))
        }
        try call.console.say(text)
        return .done
    }

    /// Checks a proof with nothing but the public key.
    @Sendable
    static func check(_ call: Call) throws -> ExitCode {
        guard let path = call.arguments.text("key") else {
            throw MartletError(.usage, "audit check needs --key FILE: the public key as 'martlet audit key' shows it")
        }
        let pem = try InputFile.read(call.arguments.path(path), bytesMax: 65_536)
        guard let key = Ed25519PublicKey(pem: String(decoding: pem, as: UTF8.self)) else {
            throw MartletError(.input, "\(InputFile.name(path)) is no public key of Ed25519 in PEM")
        }
        let bytes = try InputFile.read(call.arguments.path(call.operands[0]), bytesMax: InclusionProof.bytesMax)
        if let proof = try? ConsistencyProof(json: bytes) {
            try proof.check(key)
            try say(call, "The \(proof.old.size) entries of the older head are the first of the newer one.", proof.new)
        } else {
            let proof = try InclusionProof(json: bytes)
            try proof.check(key)
            try say(call, "Entry \(proof.number) is in the trail.", proof.head)
        }
        return .done
    }

    private static func say(_ call: Call, _ text: String, _ head: TreeHead) throws {
        guard call.isJSON else {
            return try call.console.say("\(text) It is signed by a head of \(head.size) entries of \(head.origin).")
        }
        let object = JSONObject()
        object.add("proven", json: "true")
        object.add("origin", head.origin)
        object.add("size", Int(clamping: head.size))
        try call.console.say(object.text)
    }
}
