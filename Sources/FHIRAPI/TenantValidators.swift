internal import Access
internal import Base
internal import FHIR
internal import RecordStore
internal import Terminology
internal import Validation

/// What each tenant's resources are validated with. R4's rules are loaded when first asked for.
final class TenantValidators: @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.
    private let store: RecordStore
    private let clock: any Clock
    private let terminologies: TenantTerminologies
    private let lock = Lock()
    private var rules: ValidationRules?
    private var tenants: [TenantName: TenantDefinitions] = [:]

    init(store: RecordStore, clock: any Clock, terminologies: TenantTerminologies) {
        self.store = store
        self.clock = clock
        self.terminologies = terminologies
    }

    /// Drops what was made for a tenant; it is made anew when it is asked for.
    func forget(_ tenant: TenantName) {
        lock.withLock { tenants[tenant] = nil }
    }

    /// - Throws: `ValidationError.badRules`, `TerminologyError.exception` if a table of the program is damaged.
    func definitions(_ scope: AccessScope) throws -> TenantDefinitions {
        let terminology = try terminologies.terminology(scope)
        return try lock.withLock {
            if let known = tenants[scope.tenant] { return known }
            let rules = try self.rules ?? ValidationRules(store.definitions)
            self.rules = rules
            // Definitions belong to the tenant, whoever asks first.
            let reader = AccessScope(tenant: scope.tenant, actor: "validation")
            let made = TenantDefinitions(
                rules: rules, terminology: terminology,
                source: StoredTerminology(
                    store: store, scope: reader, clock: clock,
                    types: ["StructureDefinition", "ValueSet", "CodeSystem"]))
            tenants[scope.tenant] = made
            return made
        }
    }
}

/// The rules, codes and profiles of a tenant.
final class TenantDefinitions: @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.
    private let rules: ValidationRules
    private let terminology: Terminology
    private let source: StoredTerminology
    private let library: ProfileLibrary
    private let lock = Lock()
    private var seen: UInt64 = 0

    init(rules: ValidationRules, terminology: Terminology, source: StoredTerminology) {
        self.rules = rules
        self.terminology = terminology
        self.source = source
        library = ProfileLibrary(rules.definitions, source: source)
    }

    /// Raised whenever a definition was written or deleted. Profiles made of older ones are gone once this returns.
    func revision() throws -> UInt64 {
        let now = try source.revision()
        lock.withLock {
            guard now > seen else { return }
            library.forget()
            seen = now
        }
        return now
    }

    /// A validator for one thread.
    func makeValidator(_ options: ValidationOptions, now: Instant) -> ResourceValidator {
        ResourceValidator(rules, terminology: terminology, profiles: library, options: options, now: now)
    }
}

extension StoredTerminology: ProfileSource {
    func structureDefinition(_ canonical: Canonical) throws -> [UInt8]? { try find("StructureDefinition", canonical) }
}

/// What one thread keeps to validate with, a validator for each of the last tenants.
struct ValidatorCache {
    private struct Kept {
        let tenant: TenantName
        let validator: ResourceValidator
        let definitions: TenantDefinitions
        var revision: UInt64
    }

    private var kept: [Kept] = []
    private static let keptMax = 4

    /// The validator of a tenant; it knows the definitions as they are stored now.
    mutating func validator(
        _ scope: AccessScope, from validators: TenantValidators, options: ValidationOptions, now: Instant
    ) throws -> ResourceValidator {
        var found: Kept
        let revision: UInt64
        if let place = kept.firstIndex(where: { $0.tenant == scope.tenant }) {
            revision = try kept[place].definitions.revision()
            found = kept.remove(at: place)
        } else {
            let definitions = try validators.definitions(scope)
            revision = try definitions.revision()
            found = Kept(
                tenant: scope.tenant, validator: definitions.makeValidator(options, now: now), definitions: definitions,
                revision: revision)
            if kept.count == Self.keptMax { kept.removeFirst() }
        }
        if revision != found.revision {
            found.validator.forgetDefinitions()
            found.revision = revision
        }
        found.validator.options = options
        found.validator.now = now
        kept.append(found)
        return found.validator
    }
}
