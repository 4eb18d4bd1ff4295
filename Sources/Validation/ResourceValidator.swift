package import Base
package import FHIR
internal import FHIRPath
package import JSONTape
package import Terminology

/// Validates resources against all of R4: structure, invariants, bindings, references, contained resources, Bundles, and
/// the profiles that they name.
///
/// Not thread-safe: one a thread. The parser must number names by the same definitions' `names`. In a resource without
/// findings nothing is allocated per element.
/// - Source: FHIR R4, https://hl7.org/fhir/R4/validation.html
package final class ResourceValidator {
    let definitions: Definitions
    let rules: ValidationRules
    let terminology: Terminology?
    let library: ProfileLibrary?
    /// May be changed between resources.
    package var options: ValidationOptions
    let checker: StructureChecker
    let evaluator: PathEvaluator
    let names: ElementNames
    /// The rules of each type that was met, by `TypeID`.
    private var typeRules: [TypeRules?]
    /// The members of each value set that was asked for; `.some(nil)` where it is not held.
    var valueSets: [String: ValueSetMembers?] = [:]

    // What belongs to the document at hand.
    var findings: [ValidationFinding] = []
    var document: JSONValue?
    /// Findings that are left until the rest is left out.
    var findingsLeft = 0
    var checksLeft = 0
    var stepsLeft = 0
    var profileDepth = 0
    /// Resources within the one at hand that are still to be looked at.
    var nested: [NestedResource] = []
    /// The resource in which `#id` is looked up, and what it contains.
    var container: Containment?
    var bundle: BundleEntries?
    /// The resource that invariants see as `%resource`.
    var current: NestedResource?
    /// Whether it is only asked if something holds, and whether it does not.
    var isTrial = false
    var trialFailed = false
    /// Why something that the resource was to be held against could not be had; the first such thing.
    var failure: String?
    /// Whether the profile asked for last is there but cannot be used.
    var isUnusable = false
    var results: [PathItem] = []
    /// The profiles' invariants that were met.
    var compiledConstraints: [CompiledConstraint.Key: CompiledConstraint] = [:]
    private var structureFindings: [StructureFinding] = []
    /// How many validators asked one another on the way to this one.
    private let depth: Int

    /// - Parameters:
    ///   - rules: R4's.
    ///   - terminology: whom to ask for codes; without it only required bindings of codes are checked.
    ///   - profiles: where StructureDefinitions are found; without it no profile is known.
    ///   - now: what `now()` in an invariant tells.
    package convenience init(
        _ rules: ValidationRules, terminology: Terminology? = nil, profiles: ProfileLibrary? = nil,
        options: ValidationOptions = ValidationOptions(), now: Instant
    ) {
        self.init(rules, terminology, profiles, options, now, depth: 0)
    }

    private init(
        _ rules: ValidationRules, _ terminology: Terminology?, _ profiles: ProfileLibrary?,
        _ options: ValidationOptions, _ now: Instant, depth: Int
    ) {
        self.rules = rules
        definitions = rules.definitions
        self.terminology = terminology
        library = profiles
        self.options = options
        self.depth = depth
        checker = StructureChecker(definitions: definitions)
        evaluator = PathEvaluator(definitions, now: now)
        names = ElementNames(definitions)
        typeRules = Array(repeating: nil, count: definitions.types.count)
        evaluator.services = PathServices(
            terminology: terminology.map(TerminologyAnswers.init),
            profiles: ProfileAnswers(validator: self, depth: depth))
    }

    /// One like this for questions that come up while this one works.
    func another(depth: Int) -> ResourceValidator {
        ResourceValidator(rules, terminology, library, options, evaluator.now, depth: depth)
    }

    /// What `now()` in an invariant tells.
    package var now: Instant {
        get { evaluator.now }
        set { evaluator.now = newValue }
    }

    /// Whether an element of the resource that another validator works on conforms to a profile.
    func conforms(_ node: PathNode, to profile: Profile, in other: ResourceValidator) -> Bool {
        guard let document = other.document, let current = other.current else { return false }
        begin(document)
        stepsLeft = other.stepsLeft
        defer {
            other.stepsLeft = stepsLeft
            other.failure = other.failure ?? failure
            end()
        }
        container = other.container
        bundle = other.bundle
        begin(current)
        return holds { checkConformance(of: node, to: profile) }
    }

    /// Validates a resource and all within it.
    /// - Parameters:
    ///   - resource: the resource's value on its tape.
    ///   - firstLine: the number of the first line of the document's text.
    ///   - profiles: StructureDefinitions that it must conform to besides those it names, `url` or `url|version`.
    ///   - findings: what there is to say is added here, in the order in which it was found.
    ///   - references: the strings that may name resources are added here, in document order.
    /// - Returns: the resource's type; `nil` if `resourceType` is missing or unknown.
    @discardableResult
    package func validate(
        _ resource: JSONValue, profiles: [String] = [], firstLine: Int = 1, findings: inout [ValidationFinding],
        references: inout [ReferenceSite]
    ) -> TypeID? {
        structureFindings.removeAll(keepingCapacity: true)
        let type = checker.check(resource, findings: &structureFindings, references: &references)
        begin(resource)
        defer { end() }
        for finding in structureFindings { take(finding) }
        if let type {
            nested.append(NestedResource(value: resource, type: type, container: nil))
            var place = 0
            while place < nested.count {
                if place == options.nestedResourcesMax {
                    report(.error, .tooCostly, at: resource, "more resources within it than are looked at")
                    break
                }
                validateOne(nested[place], profiles: place == 0 ? profiles : [])
                place += 1
            }
        }
        if stepsLeft <= 0 {
            report(.error, .tooCostly, at: resource, "the invariants of all its parts take too long to evaluate")
        }
        if let failure {
            report(.error, .exception, at: resource, "not all could be checked: \(failure)")
        }
        if !self.findings.isEmpty {
            var positions = SourcePositions(resource, firstLine: firstLine)
            positions.locate(&self.findings[...])
            findings += self.findings
        }
        return type
    }

    /// Drops what this validator remembers of value sets and profiles, which may have been changed since. What the
    /// library keeps is dropped by `ProfileLibrary.forget`, once for all its validators.
    package func forgetDefinitions() {
        valueSets.removeAll(keepingCapacity: true)
        compiledConstraints.removeAll(keepingCapacity: true)
        evaluator.services.profiles = ProfileAnswers(validator: self, depth: depth)
    }

    func begin(_ resource: JSONValue) {
        document = resource
        findings.removeAll(keepingCapacity: true)
        findingsLeft = options.findingsMax
        checksLeft = options.profileChecksMax
        stepsLeft = options.stepsOfAllMax
        failure = nil
        profileDepth = 0
        nested.removeAll(keepingCapacity: true)
        container = nil
        bundle = nil
    }

    private func end() {
        document = nil
        current = nil
        container = nil
        bundle = nil
        nested.removeAll(keepingCapacity: nested.capacity < 1024)
    }

    private func validateOne(_ one: NestedResource, profiles: [String]) {
        let (resource, type) = (one.value, one.type)
        if type == names.bundle, one.container == nil { bundle = BundleEntries(resource, names, definitions) }
        if let known = container, known.resource.index == (one.container ?? resource).index {
            // The same container as before: what it contains is known.
        } else {
            container = Containment(one.container ?? resource, names, definitions)
        }
        begin(one)
        walk(resource, of: type, depth: 0)
        if one.container == nil { checkContained(resource, type) }
        if type == names.bundle { checkBundle(resource) }
        checkProfiles(resource, type, others: profiles)
    }

    /// Makes a resource the one that invariants see.
    func begin(_ one: NestedResource) {
        current = one
        evaluator.begin(one.value, type: one.type, within: one.container)
    }

    func typeRules(of type: TypeID) -> TypeRules {
        if let known = typeRules[Int(type.raw)] { return known }
        let made = rules.rules(of: type)
        typeRules[Int(type.raw)] = made
        return made
    }

    func tells(_ severity: ValidationFinding.Severity) -> Bool {
        severity <= (isTrial ? .error : options.leastSeverity)
    }
}

/// A resource within another that waits to be looked at.
struct NestedResource {
    let value: JSONValue
    let type: TypeID
    /// The resource that it is contained in; `nil` for one that stands for itself.
    let container: JSONValue?
}
