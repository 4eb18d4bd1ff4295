package import JSONTape

/// What an expression's caller knows of codes, for `memberOf()`, `subsumes()` and `subsumedBy()`.
/// - Source: FHIR R4, https://hl7.org/fhir/R4/fhirpath.html#functions.
package protocol PathTerminology {
    /// Whether a code belongs to a value set.
    /// - Parameters:
    ///   - system: the code system's url; `nil` where only the code is known, as of a `code` element or a text.
    ///   - version: the code system's version, where it was given.
    ///   - code: the code.
    ///   - valueSet: the value set's canonical url, perhaps with `|version`.
    /// - Returns: `nil` where that cannot be told: the value set is not known, or a code without its system could be one
    ///   of several.
    /// - Throws: anything; it reaches the caller of the evaluator as the cause of `PathError.service`.
    func contains(system: String?, version: String?, code: String, valueSet: String) throws -> Bool?

    /// Whether the first code is the second one, or an ancestor of it.
    /// - Parameters: both codes with their systems' urls; they are not the same code of the same system.
    /// - Returns: `nil` where that cannot be told: a system is not known, or the two have nothing to do with each other.
    func subsumes(system: String, code: String, otherSystem: String, otherCode: String) throws -> Bool?
}

/// What an expression's caller knows of profiles, for `conformsTo()`, `elementDefinition()` and `slice()`.
package protocol PathProfiles {
    /// Whether an element or resource conforms to a StructureDefinition.
    /// - Parameters:
    ///   - element: valid during the call only.
    ///   - profile: the StructureDefinition's canonical url, perhaps with `|version`.
    /// - Returns: `nil` if there is no such StructureDefinition.
    func conforms(_ element: PathNode, to profile: String) throws -> Bool?

    /// The ElementDefinition of an element; `nil` if there is none. The JSON must have been parsed with
    /// `Definitions.names` and stay where it is until the evaluator begins another resource.
    func elementDefinition(of element: PathNode) throws -> JSONValue?

    /// Whether an element belongs to a slice that a StructureDefinition names; `nil` if there is no such slice.
    func isInSlice(_ element: PathNode, of profile: String, named slice: String) throws -> Bool?
}

extension PathProfiles {
    /// None.
    package func elementDefinition(of element: PathNode) throws -> JSONValue? { nil }

    /// Not known.
    package func isInSlice(_ element: PathNode, of profile: String, named slice: String) throws -> Bool? { nil }
}

/// Where an expression's caller finds resources, for `resolve()`.
package protocol PathResolver {
    /// The resource that a reference points at. Those to contained resources and to entries of the Bundle at hand are
    /// resolved before this is asked.
    /// - Parameter reference: as it is written: relative, absolute, canonical or `urn:`.
    /// - Returns: `nil` if there is none. The JSON must have been parsed with `Definitions.names` and stay where it is
    ///   until the evaluator begins another resource.
    func resolve(_ reference: String) throws -> JSONValue?
}

/// Takes what `trace()` tells.
package protocol PathTracer {
    /// - Parameters:
    ///   - name: the trace's name in the expression.
    ///   - items: valid during the call only.
    func trace(_ name: String, _ items: [PathItem])
}

/// What an evaluator asks its caller for. A function that needs what is not given here is an error when it is
/// evaluated; `trace()` is silent, and `resolve()` finds what lies within the resource at hand. Who is asked must not use
/// the evaluator that asks.
package struct PathServices {
    package var terminology: (any PathTerminology)?
    package var profiles: (any PathProfiles)?
    package var resolver: (any PathResolver)?
    package var tracer: (any PathTracer)?

    package init(
        terminology: (any PathTerminology)? = nil, profiles: (any PathProfiles)? = nil,
        resolver: (any PathResolver)? = nil, tracer: (any PathTracer)? = nil
    ) {
        self.terminology = terminology
        self.profiles = profiles
        self.resolver = resolver
        self.tracer = tracer
    }
}
