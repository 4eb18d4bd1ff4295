package import FHIR
package import FHIRPath
package import JSONTape
package import Terminology

extension ResourceValidator {
    /// What expressions on a resource may ask: for codes (`memberOf()`, `subsumes()`) and for profiles
    /// (`conformsTo()`). The answers hold for that resource, as long as this validator is kept and is asked for nothing
    /// else.
    package func services(on resource: JSONValue, type: TypeID) -> PathServices {
        begin(resource)
        container = Containment(resource, names, definitions)
        begin(NestedResource(value: resource, type: type, container: nil))
        return evaluator.services
    }
}

/// What expressions that ask for codes are told.
package struct TerminologyAnswers: PathTerminology {
    let terminology: Terminology

    package init(terminology: Terminology) {
        self.terminology = terminology
    }

    package func contains(system: String?, version: String?, code: String, valueSet: String) throws -> Bool? {
        do throws(TerminologyError) {
            let found = try terminology.contains(system: system, code: code, valueSet: valueSet)
            return found.isMember ? true : found.isNotMember ? false : nil
        } catch  where error.code == .notFound {
            return nil
        }
    }

    package func subsumes(system: String, code: String, otherSystem: String, otherCode: String) throws -> Bool? {
        guard system == otherSystem else { return nil }
        do throws(TerminologyError) {
            let outcome = try terminology.subsumes(system: system, code, otherCode)
            return outcome == .subsumes || outcome == .equivalent
        } catch {
            // Only a source that failed is no answer.
            guard error.code == .exception else { return nil }
            throw error
        }
    }
}

/// What invariants that ask for profiles are told.
final class ProfileAnswers: PathProfiles {
    private unowned let validator: ResourceValidator
    /// Holds what is asked against profiles: the validator's own evaluator is busy with the question.
    private var other: ResourceValidator?
    private let depth: Int
    private static let depthMax = 4

    init(validator: ResourceValidator, depth: Int) {
        self.validator = validator
        self.depth = depth
    }

    func conforms(_ element: PathNode, to profile: String) throws -> Bool? {
        guard let library = validator.library, depth < Self.depthMax, let found = try library.profile(profile) else {
            return nil
        }
        let other = self.other ?? validator.another(depth: depth + 1)
        self.other = other
        other.options = validator.options
        other.now = validator.now
        return other.conforms(element, to: found, in: validator)
    }
}
