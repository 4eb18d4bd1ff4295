internal import Access
internal import Base
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Search

/// Turns references that only hold within an upload, or that are searches, into `Type/id`. One a thread.
///
/// `urn:uuid:` and other addresses of a Bundle's entries become the type and id of their resource; a conditional reference
/// (`Practitioner?identifier=…`) becomes the one resource that it finds in the store. What can't be resolved stays as it
/// came.
/// - Source: FHIR R4 http, transaction, https://hl7.org/fhir/R4/http.html#trules
final class ReferenceResolver {
    /// Why references of the last resource that lead nowhere stay, empty if all were resolved.
    private(set) var unresolved: [UnresolvedReference] = []
    var hasUnresolved: Bool { !unresolved.isEmpty }

    private let store: RecordStore
    private let scope: AccessScope
    private let parser: JSONParser
    private let names: BundleNames
    private let text = ByteWriter(capacity: 256)
    private let hashKey = SipKey(low: .random(in: 0 ... .max), high: .random(in: 0 ... .max))
    private var targets: [UInt64: Target] = [:]
    private var context: BundleContext?
    private var hasOtherAddresses = false
    private var found: [String: String] = [:]
    private var notFound: [String: String] = [:]

    /// A Bundle's entry by its address.
    private struct Target {
        var type: TypeID
        /// The value that holds the id, on the tape of the Bundle.
        var id: JSONValue
        var address: JSONValue
    }

    private static let remembered = 100_000

    /// - Parameter parser: the one whose tapes are resolved.
    init(store: RecordStore, scope: AccessScope, parser: JSONParser) throws {
        self.store = store
        self.scope = scope
        self.parser = parser
        names = BundleNames(store.definitions.names)
    }

    /// Learns the addresses of a Bundle's entries: of one on the tape, or of a large one that was read before.
    func begin(bundle entries: JSONValue?, context: BundleContext?) {
        targets.removeAll(keepingCapacity: true)
        self.context = context
        hasOtherAddresses = context != nil
        guard let entries else { return }
        for entry in entries.elements {
            guard let address = entry.member(numbered: names.fullURL), address.isString,
                let resource = entry.member(numbered: names.resource),
                let name = resource.member(numbered: names.resourceType),
                let type = store.definitions.resourceType(named: name.utf8),
                let id = resource.member(numbered: names.id) ?? BundleEntry.uuid(of: entry, names: names)
            else { continue }
            if !BundleEntry.hasUUIDPrefix(address.utf8) { hasOtherAddresses = true }
            targets[hash(address.utf8)] = Target(type: type, id: id, address: address)
        }
    }

    /// Resolves the references of a resource on the tape.
    /// - Parameter awaitedToken: gives the token by which the target of a query will be known when it arrives.
    /// - Returns: the tokens of targets that have not arrived.
    func resolve(
        _ sites: [ReferenceSite], in resource: JSONValue, awaitedToken: (SearchQuery) throws -> UInt64
    ) throws -> [UInt64] {
        var awaited: [UInt64] = []
        unresolved.removeAll(keepingCapacity: true)
        for site in sites {
            let value = JSONValue(tape: resource.tape, index: Int(site.nodeIndex))
            guard value.isString, let first = value.utf8.first, first != UInt8(ascii: "#") else { continue }
            if try resolveAddress(value) { continue }
            guard site.kind == .reference else { continue }
            if BundleEntry.hasUUIDPrefix(value.utf8) {
                leave(value.text, because: "no entry of its Bundle has this address")
            } else if value.utf8.contains(UInt8(ascii: "?")) {
                if let token = try resolveQuery(value, awaitedToken: awaitedToken) { awaited.append(token) }
            }
        }
        return awaited
    }

    // MARK: Addresses

    private func resolveAddress(_ value: JSONValue) throws -> Bool {
        let address = value.utf8
        guard !targets.isEmpty || context != nil, hasOtherAddresses || BundleEntry.hasUUIDPrefix(address) else {
            return false
        }
        text.removeAll()
        if let target = targets[hash(address)], bytesEqual(target.address.utf8, address) {
            text.write(store.definitions[target.type].name)
            text.write(UInt8(ascii: "/"))
            text.write(target.id.bytesOfID)
        } else if let context, case .resource(let type, let id?) = context.index.resource(at: value.text) {
            text.write(type + "/" + id)
        } else {
            return false
        }
        try parser.replaceString(value, with: text.bytes)
        return true
    }

    private func hash(_ address: UnsafeRawBufferPointer) -> UInt64 {
        SipHash.hash64(address, key: hashKey)
    }

    // MARK: Conditional references

    private func resolveQuery(_ value: JSONValue, awaitedToken: (SearchQuery) throws -> UInt64) throws -> UInt64? {
        let reference = value.text
        if let known = found[reference] {
            try replace(value, with: known)
            return nil
        }
        let parsed = ResourceReference(value.utf8, definitions: store.definitions)
        guard parsed.kind == .conditional, let type = parsed.type else { return nil }
        let query: SearchQuery
        do {
            query = try self.query(type, value.utf8, parsed.query)
        } catch {
            leave(reference, because: "it is no search: \(error)")
            return nil
        }
        if let reason = notFound[reference] {
            leave(reference, because: reason)
            return try awaitedToken(query)
        }
        let page = try store.search(scope, query, SearchWindow(count: 2))
        if page.matches.count == 1, let match = page.matches.first {
            let target = match.type + "/" + match.id
            remember(reference, target)
            try replace(value, with: target)
            return nil
        }
        let reason = page.matches.isEmpty ? "nothing in the store answers it" : "several resources answer it"
        if notFound.count >= Self.remembered { notFound.removeAll() }
        notFound[reference] = reason
        leave(reference, because: reason)
        return try awaitedToken(query)
    }

    private func leave(_ reference: String, because reason: String) {
        unresolved.append(UnresolvedReference(resource: "", reference: reference, reason: reason))
    }

    /// Forgets what was not found: something new may have come.
    func forgetMisses() {
        notFound.removeAll(keepingCapacity: true)
    }

    private func query(_ type: TypeID, _ text: UnsafeRawBufferPointer, _ range: Range<Int>) throws -> SearchQuery {
        var parameters: [(name: String, value: String)] = []
        for pair in QueryPairs(text, in: range) {
            parameters.append((decoded(text, pair.name), decoded(text, pair.value)))
        }
        return try SearchQuery.parse(
            type: type, parameters: parameters, plans: store.plans(scope), now: SystemClock().now())
    }

    private func decoded(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        let part = UnsafeRawBufferPointer(rebasing: text[range])
        // Senders often leave such references unescaped; what does not decode is taken as it stands.
        guard percentDecode(part, plusIsSpace: false, into: &bytes) else {
            return String(decoding: part, as: UTF8.self)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func remember(_ reference: String, _ target: String) {
        if found.count >= Self.remembered { found.removeAll(keepingCapacity: true) }
        found[reference] = target
    }

    private func replace(_ value: JSONValue, with target: String) throws {
        var target = target
        try target.withUTF8 { try parser.replaceString(value, with: UnsafeRawBufferPointer($0)) }
    }
}
