import Base
import FHIR
import Foundation
import JSONTape
import Search

/// One load for all tests of this target.
enum Shared {
    static let plans: Result<SearchPlans, any Error> = Result { SearchPlans(definitions: try Definitions.load()) }

    /// 2026-03-04T05:06:07.089Z
    static let now = Instant(microseconds: 1_772_600_767_089_000)
    static let key = SipKey(low: 0x0123_4567_89AB_CDEF, high: 0xFEDC_BA98_7654_3210)
}

/// A resource on a tape with what reads and searches it.
final class Bench {
    let plans: SearchPlans
    let extractor: SearchExtractor
    let hasher: TokenHasher
    let entries = IndexEntryBuffer()
    let tokens = TokenBuffer()

    init() throws {
        plans = try Shared.plans.get()
        extractor = SearchExtractor(plans: plans)
        hasher = TokenHasher(plans: plans, key: Shared.key)
    }

    func document(_ json: [UInt8]) throws -> JSONDocument {
        try JSONDocument(json, names: plans.definitions.names)
    }

    func document(_ json: String) throws -> JSONDocument {
        try document(Array(json.utf8))
    }

    /// The type of a resource.
    func type(_ resource: JSONValue) -> TypeID? {
        resource.member("resourceType").flatMap { plans.definitions.resourceType(named: $0.utf8) }
    }

    func type(_ name: String) throws -> TypeID {
        guard let type = plans.definitions.type(named: name) else { throw CocoaError(.fileReadUnknown) }
        return type
    }

    /// The query with one parameter.
    func query(_ type: String, _ name: String, _ value: String) throws -> SearchQuery {
        try query(type, [(name, value)])
    }

    func query(_ type: String, _ parameters: [(name: String, value: String)]) throws -> SearchQuery {
        try SearchQuery.parse(
            type: self.type(type), parameters: parameters, plans: plans, now: Shared.now,
            baseURL: "https://own.example/fhir/")
    }

    /// Whether a resource satisfies a query, by its entries and by its tokens; fails where they contradict.
    func matches(_ json: String, _ query: SearchQuery) throws -> Bool {
        try document(json).withRoot { root in
            extractor.extract(root, type: query.type, selection: ExtractionSelection(query), into: entries)
            return query.matches(entries)
        }
    }
}

/// Says which resources a set of tokens names.
func contains(_ set: TokenSet, _ tokens: Set<UInt64>) -> Bool {
    switch set {
    case .none: false
    case .tokens(let wanted): wanted.contains { tokens.contains($0) }
    case .and(let parts): parts.allSatisfy { contains($0, tokens) }
    case .or(let parts): parts.contains { contains($0, tokens) }
    case .not(let part): !contains(part, tokens)
    }
}
