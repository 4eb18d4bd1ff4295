internal import Access
internal import JSONTape
internal import RecordStore
internal import Search
internal import Terminology

/// Answers what a tenant's searches ask of code systems and value sets.
struct StoredTerms: SearchTerminology {
    let terminologies: TenantTerminologies
    let store: RecordStore
    let scope: AccessScope
    /// This server's own address, without a slash at the end.
    let base: String

    private func terminology() throws -> Terminology {
        try terminologies.terminology(scope)
    }

    func codes(inValueSet valueSet: String) throws -> [SearchCode] {
        try terminology().codes(in: address(valueSet)).map { SearchCode(system: $0.system, code: $0.code) }
    }

    func descendants(of code: SearchCode) throws -> [SearchCode] {
        try terminology().descendants(of: SystemCode(system: code.system, code: code.code))
            .map { SearchCode(system: $0.system, code: $0.code) }
    }

    func ancestors(of code: SearchCode) throws -> [SearchCode] {
        try terminology().ancestors(of: SystemCode(system: code.system, code: code.code))
            .map { SearchCode(system: $0.system, code: $0.code) }
    }

    /// The URL of a value set that is named by its address here.
    private func address(_ text: String) throws -> String {
        let own = base + "/"
        let local = text.hasPrefix(own) ? String(text.dropFirst(own.count)) : text
        guard local.hasPrefix("ValueSet/") else { return text }
        let id = String(local.dropFirst("ValueSet/".count))
        guard let found = try store.read(scope, type: "ValueSet", id: id), !found.isDeleted,
            let url = try JSONDocument(found.json, depthMax: 256).withRoot({ $0.member("url")?.string })
        else { throw TerminologyError(.notFound, "no such value set with a url is stored here") }
        return url
    }
}

extension Call {
    /// What answers for the caller's tenant what searches ask of code systems and value sets.
    var terms: StoredTerms {
        StoredTerms(terminologies: api.terminologies, store: api.store, scope: scope, base: base)
    }
}
