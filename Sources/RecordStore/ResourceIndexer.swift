internal import Base
internal import FHIR
internal import JSONTape
internal import Search
internal import Vault

/// Numbers of the member names that the store itself looks at.
struct StoreNames {
    let resourceType: UInt16
    let id: UInt16
    let meta: UInt16
    let versionID: UInt16
    let lastUpdated: UInt16

    init(_ names: NameTable) {
        resourceType = names.number(of: "resourceType")
        id = names.number(of: "id")
        meta = names.number(of: "meta")
        versionID = names.number(of: "versionId")
        lastUpdated = names.number(of: "lastUpdated")
    }
}

/// What indexing an entry of the log again gives.
struct IndexedEntry {
    var identity: IdentityToken
    var contentHash: UInt64
    var tokens: [UInt64]
}

/// Finds the tokens of resources and whom they belong to. One a thread and tenant.
final class ResourceIndexer {
    let names: StoreNames
    let definitions: Definitions
    let plans: SearchPlans
    let keys: TenantKeys
    let extractor: SearchExtractor
    private let hasher: TokenHasher
    let entries = IndexEntryBuffer()
    private let tokenBuffer = TokenBuffer()
    private var deletionTokens: [TypeID: UInt64] = [:]
    let parser: JSONParser
    let text = ByteWriter(capacity: 16 << 10)
    private var compartments: [TypeID: [PlannedParameter]] = [:]
    let patientType: TypeID?
    let parameterType: TypeID?

    init(plans: SearchPlans, keys: TenantKeys) throws {
        definitions = plans.definitions
        self.plans = plans
        self.keys = keys
        names = StoreNames(definitions.names)
        extractor = SearchExtractor(plans: plans)
        hasher = TokenHasher(plans: plans, key: keys.tokenKey)
        parser = try JSONParser(names: definitions.names)
        patientType = definitions.type(named: "Patient")
        parameterType = definitions.type(named: "SearchParameter")
    }

    /// The name of a type.
    func name(of type: TypeID) -> String { definitions[type].name }

    /// Appends a resource's tokens.
    /// - Parameter writer: who writes the version.
    /// - Returns: whom the resource belongs to.
    func index(
        _ resource: JSONValue, type: TypeID, id: UnsafeRawBufferPointer, writer: String, tokens: inout [UInt64]
    ) -> PatientToken {
        extract(resource, type: type)
        return appendTokens(type: type, id: id, writer: writer, to: &tokens)
    }

    /// Appends the tokens of the resource that was extracted last: those by which searches find it, one for each patient
    /// in whose compartment it lies, and those that tell what is in nobody's and who wrote a Patient.
    private func appendTokens(
        type: TypeID, id: UnsafeRawBufferPointer, writer: String, to tokens: inout [UInt64]
    ) -> PatientToken {
        hasher.makeTokens(of: entries, type: type, into: tokenBuffer)
        tokens.append(contentsOf: tokenBuffer.tokens)
        if type == patientType {
            let patient = patientToken(id)
            tokens.append(patient.low)
            if let token = writerToken(writer) { tokens.append(token) }
            return patient
        }
        let parameters = compartmentParameters(of: type)
        var owner: PatientToken?
        for entry in entries.entries where entry.kind == .reference && bytesEqual(entry.first.bytes, "Patient") {
            guard parameters.contains(where: { $0.includes(entry) }) else { continue }
            let patient = patientToken(entry.second.bytes)
            guard patient != owner else { continue }
            tokens.append(patient.low)
            if owner == nil { owner = patient }
        }
        if owner == nil, !parameters.isEmpty { tokens.append(unownedToken) }
        return owner ?? .common
    }

    /// In how many patients' compartments a stored version lies.
    func patientCount(_ stored: StoredResource) throws -> Int {
        try withEntries(stored) { entries in
            guard let type = definitions.resourceType(named: stored.typeText), type != patientType else { return 1 }
            let parameters = compartmentParameters(of: type)
            var patients: Set<PatientToken> = []
            for entry in entries.entries where entry.kind == .reference && bytesEqual(entry.first.bytes, "Patient") {
                if parameters.contains(where: { $0.includes(entry) }) {
                    patients.insert(patientToken(entry.second.bytes))
                }
            }
            return patients.count
        }
    }

    /// What kind of thing the resource extracted last tells of: its type above, a hash of its code below. A patient comes
    /// before all else.
    func kind(_ type: TypeID) -> UInt64 {
        if type == patientType { return 0 }
        let high = UInt64(type.raw) << 48
        guard let path = plans.plan(for: type).kindPath,
            let entry = entries.entries.first(where: { $0.path == path && $0.kind == .token && $0.component == 0 })
        else { return high }
        return high | SipHash.hash64(entry.second.bytes, key: keys.contentKey) >> 16
    }

    /// What of the resource extracted last could not be indexed; empty nearly always.
    var failures: [SearchError] { extractor.failures }

    /// The token of everything in a patient's compartment, the patient's own record included.
    func compartmentToken(patient id: String) -> UInt64 {
        patientToken(patient: id).low
    }

    /// By what the key store knows a patient.
    func patientToken(patient id: String) -> PatientToken {
        var id = id
        return id.withUTF8 { patientToken(UnsafeRawBufferPointer($0)) }
    }

    /// The entries of a resource, valid until the next call.
    func extract(_ resource: JSONValue, type: TypeID) {
        extractor.extract(resource, type: type, into: entries)
    }

    /// Extracts the entries of a resource, composites included, for `body`.
    func withEntries<Result>(of resource: JSONValue, type: TypeID, _ body: (IndexEntryBuffer) -> Result) -> Result {
        extractor.extract(resource, type: type, selection: .everything(plans.plan(for: type)), into: entries)
        return body(entries)
    }

    /// Opens a stored version and extracts its entries for `body`.
    /// - Parameter selection: what to extract; `nil` for all that tokens are made of, which leaves composites out.
    func withEntries<Result>(
        _ stored: StoredResource, selection: ExtractionSelection? = nil, _ body: (IndexEntryBuffer) throws -> Result
    ) throws -> Result {
        guard let type = definitions.resourceType(named: stored.typeText) else {
            throw StoreError(code: .damaged, detail: "entry \(stored.sequence) is of the unknown type \(stored.type)")
        }
        text.removeAll()
        stored.writeJSON(to: text)
        do {
            let resource = try parser.parse(text.bytes)
            if let selection {
                extractor.extract(resource, type: type, selection: selection, into: entries)
            } else {
                extract(resource, type: type)
            }
        } catch {
            throw StoreError(code: .damaged, detail: "entry \(stored.sequence) is no JSON", cause: error)
        }
        return try body(entries)
    }

    /// Indexes an entry of the log again, as it was when it was written.
    func index(_ stored: StoredResource) throws -> IndexedEntry {
        let identity = IdentityToken(type: stored.type, id: stored.id, key: keys.identityKey)
        guard let type = definitions.type(named: stored.type) else {
            throw StoreError(code: .damaged, detail: "entry \(stored.sequence) is of the unknown type \(stored.type)")
        }
        var tokens: [UInt64] = []
        if stored.isDeleted {
            tokens.append(deletionToken(type))
        } else {
            try withEntries(stored) { _ in
                var id = stored.id
                _ = id.withUTF8 {
                    appendTokens(type: type, id: UnsafeRawBufferPointer($0), writer: stored.actor, to: &tokens)
                }
            }
        }
        text.removeAll()
        stored.writeBody(to: text)
        return IndexedEntry(
            identity: identity, contentHash: SipHash.hash64(text.bytes, key: keys.contentKey), tokens: tokens)
    }

    /// Appends the tokens by which an entry is found at the paths of plans that were narrowed to some. A deletion has none.
    func appendPathTokens(_ stored: StoredResource, to tokens: inout [UInt64]) throws {
        guard !stored.isDeleted, let type = definitions.resourceType(named: stored.typeText),
            !plans.plan(for: type).paths.isEmpty
        else { return }
        try withEntries(stored) { entries in
            hasher.makeTokens(of: entries, type: type, into: tokenBuffer)
            let ofType = hasher.typeToken(type)
            for token in tokenBuffer.tokens where token != ofType { tokens.append(token) }
        }
    }

    /// The custom parameter that a stored SearchParameter defines; `nil` if it is not to be used, or cannot be.
    func customParameter(_ stored: StoredResource) throws -> CustomParameter? {
        if stored.isDeleted { return nil }
        text.removeAll()
        stored.writeJSON(to: text)
        do {
            var findings: [CustomParameterFinding] = []
            return CustomParameterReader.read(
                try parser.parse(text.bytes), id: stored.id, definitions: definitions, findings: &findings)
        } catch {
            throw StoreError(code: .damaged, detail: "entry \(stored.sequence) is no JSON", cause: error)
        }
    }

    /// The tokens of a resource that a batch holds, as `index` gives them.
    /// - Parameters:
    ///   - body: as it lies in the log.
    ///   - writer: who writes it.
    func reindex(body: UnsafeRawBufferPointer, writer: String, tokens: inout [UInt64]) throws {
        try withResource(body: body) { resource, type, id in
            _ = index(resource, type: type, id: id, writer: writer, tokens: &tokens)
        }
    }

    /// Opens a resource that a batch holds for `use`.
    /// - Parameter body: as it lies in the log.
    func withResource<Result>(
        body: UnsafeRawBufferPointer,
        _ use: (JSONValue, TypeID, _ id: UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        var reader = ByteReader(body)
        guard reader.readByte() == LogOperation.put.rawValue, let type = reader.readText(), let id = reader.readText(),
            let meta = reader.readText(), let rest = reader.readBytes(reader.remaining),
            let typeID = definitions.resourceType(named: type)
        else { throw StoreError(code: .invalid, detail: "a write of the batch is malformed") }
        text.removeAll()
        text.write("{\"resourceType\":\"")
        text.write(type)
        text.write("\",\"id\":\"")
        text.write(id)
        text.write("\",\"meta\":{")
        text.write(meta)
        text.write("}")
        if !rest.isEmpty {
            text.write(UInt8(ascii: ","))
            text.write(rest)
        }
        text.write(UInt8(ascii: "}"))
        let resource: JSONValue
        do {
            resource = try parser.parse(text.bytes)
        } catch {
            throw StoreError(code: .invalid, detail: "a write of the batch is no JSON", cause: error)
        }
        return try use(resource, typeID, id)
    }

    /// The token of every deletion of a resource of a type: no search looks for it, histories do.
    func deletionToken(_ type: TypeID) -> UInt64 {
        if let known = deletionTokens[type] { return known }
        var text = "deleted " + definitions[type].name
        let made = text.withUTF8 { SipHash.hash128(UnsafeRawBufferPointer($0), key: keys.identityKey).low }
        deletionTokens[type] = made
        return made
    }

    /// The token of every resource of a type.
    func typeToken(_ type: TypeID) -> UInt64 { hasher.typeToken(type) }

    /// What tokens tell of a query.
    func cover(_ query: SearchQuery) -> Cover {
        query.cover(hasher)
    }

    /// What tokens tell of those clauses that few tokens tell of; `nil` if there are none.
    func narrowCover(_ query: SearchQuery) -> Cover? {
        query.narrowCover(hasher)
    }

    /// What tokens tell of each of the other clauses.
    func wideCovers(_ query: SearchQuery) -> [Cover] {
        query.wideCovers(hasher)
    }

    /// What tokens tell of one clause.
    func cover(_ clause: SearchClause) -> Cover {
        clause.cover(hasher)
    }

    /// The resources with a date that begins, or ends, in a bucket.
    func resources(in bucket: DateWalk.Bucket, of walk: DateWalk, type: TypeID) -> TokenSet {
        walk.resources(in: bucket, type: type, hasher)
    }

    /// One token that every resource has which a query can find: the narrowest that is known.
    func commonToken(_ query: SearchQuery) -> UInt64 {
        Self.commonToken(query.cover(hasher).candidates) ?? hasher.typeToken(query.type)
    }

    private static func commonToken(_ set: TokenSet) -> UInt64? {
        switch set {
        case .tokens(let tokens): tokens.count == 1 ? tokens[0] : nil
        case .and(let parts): parts.lazy.compactMap(commonToken).first
        case .none, .or, .not: nil
        }
    }

    private func patientToken(_ id: UnsafeRawBufferPointer) -> PatientToken {
        let hash = withUnsafeTemporaryAllocation(byteCount: id.count + 8, alignment: 8) { text in
            text.copyBytes(from: "Patient/".utf8)
            UnsafeMutableRawBufferPointer(rebasing: text[8...]).copyBytes(from: id)
            return SipHash.hash128(UnsafeRawBufferPointer(text), key: keys.identityKey)
        }
        return PatientToken(low: hash.low, high: hash.high)
    }

    /// The parameters whose references to patients put a resource into their compartments; none for types that lie in no
    /// patient's.
    func compartmentParameters(of type: TypeID) -> [PlannedParameter] {
        if let known = compartments[type] { return known }
        let plan = plans.plan(for: type)
        let made = definitions.patientCompartmentParameters(of: type).compactMap { plan.parameters[$0] }
        compartments[type] = made
        return made
    }
}
