package import Base
package import FHIR
internal import FHIRPath
package import JSONTape

/// A FHIRPath Patch: operations in a Parameters resource that are applied in order, all of them or none.
/// - Source: FHIR R4 FHIRPath Patch, https://hl7.org/fhir/R4/fhirpatch.html
package struct FHIRPathPatch {
    enum Action {
        case add(name: String, PatchValue)
        case insert(PatchValue, at: Int)
        case delete
        case replace(PatchValue)
        case move(from: Int, to: Int)
    }

    struct Operation {
        let action: Action
        let path: String
    }

    let operations: [Operation]
    let definitions: Definitions
    let limits: PatchLimits

    /// How many operations there are.
    package var count: Int { operations.count }

    /// Reads a patch. Nothing of the tape is kept.
    /// - Parameter parameters: a Parameters resource, its structure checked, parsed with the definitions' names.
    /// - Throws: `PatchError.malformed` naming the operation, `.limit`.
    package init(
        _ parameters: JSONValue, definitions: Definitions, limits: PatchLimits = PatchLimits()
    ) throws(PatchError) {
        var reader = try PatchParametersReader(definitions: definitions, limits: limits)
        operations = try reader.operations(parameters)
        self.definitions = definitions
        self.limits = limits
    }

    /// Applies the operations to a resource and writes the result, minified.
    /// - Parameters:
    ///   - resource: a resource as JSON text.
    ///   - now: what `now()` and `today()` in a path tell.
    ///   - writer: where the result goes.
    /// - Throws: `PatchError` naming the operation and its path; then nothing is written.
    package func apply(
        to resource: UnsafeRawBufferPointer, now: Instant, writing writer: ByteWriter
    ) throws(PatchError) {
        let editor = try ResourceEditor(resource, definitions: definitions, limits: limits, now: now)
        for (place, operation) in operations.enumerated() {
            try PatchError.naming(place, operation.path) { () throws(PatchError) in try editor.apply(operation) }
        }
        editor.root.write(to: writer)
    }
}
