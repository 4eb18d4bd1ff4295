package import FHIR

/// A compiled expression. It can be evaluated by any number of evaluators at once.
package struct PathExpression: Sendable {
    /// The expression as it was given.
    package let text: String
    /// The FHIR types that its items can have, in order; what it computes is not listed here.
    package let resultTypes: [TypeID]
    /// Whether nothing can ever come out, as of `Practitioner.name` on a Patient.
    package let isAlwaysEmpty: Bool
    let plan: PathPlan

    /// Bits of which the resource's `PathEvaluator.rootMask` must have one for the expression to give anything.
    package var rootMask: UInt64 { isAlwaysEmpty ? 0 : plan.rootMask }

    /// Compiles an expression for resources or elements of a type.
    ///
    /// A path that starts with another resource type is empty: of `Patient.name | Practitioner.name` only the half for
    /// `root` is left.
    /// - Parameters:
    ///   - text: FHIRPath N1.
    ///   - root: what it will be evaluated on; for an abstract type like Resource any type that derives from it.
    ///   - definitions: the facts that names and types are looked up in.
    ///   - limits: how long and how deep the expression may be.
    ///   - isStrict: whether a path that starts with another type than `root` is an error instead of empty.
    ///   - constants: what the caller's own `%name`s stand for; names of the language and of FHIR are not replaced.
    /// - Returns: what evaluators take.
    /// - Throws: `PathError` with the place in the text: for what is no FHIRPath, for elements, types and variables that
    ///   do not exist, and for functions that cannot be evaluated.
    package static func compile(
        _ text: String, on root: TypeID, definitions: Definitions, limits: PathLimits = PathLimits(),
        isStrict: Bool = false, constants: [String: PathConstant] = [:]
    ) throws(PathError) -> PathExpression {
        try compile(
            text, onAnyOf: [root], definitions: definitions, limits: limits, isStrict: isStrict, constants: constants)
    }

    /// Compiles an expression for elements of any of several types, such as `resultTypes` of another one.
    package static func compile(
        _ text: String, onAnyOf roots: [TypeID], definitions: Definitions, limits: PathLimits = PathLimits(),
        isStrict: Bool = false, constants: [String: PathConstant] = [:]
    ) throws(PathError) -> PathExpression {
        let syntax = try PathParser.parse(text, limits: limits)
        let (plan, types) = try PathCompiler.compile(
            syntax, on: roots, definitions: definitions, isStrict: isStrict, constants: constants)
        return PathExpression(text: text, resultTypes: types.fhir, isAlwaysEmpty: types.isEmpty, plan: plan)
    }
}
