/// Something wrong with a resource's structure, and where.
package struct StructureFinding: Sendable {
    package enum Severity: Sendable {
        case error, warning
    }

    package enum Code: String, Sendable {
        case unknownResourceType, unknownElement, wrongType, notAnArray, unexpectedArray, missing, badFormat
        case duplicateKey, severalChoices, unknownCode, empty, misplacedNull, notParallel, tooDeep, tooMany
    }

    /// "Patient.name[0].given[1]".
    package var path: String
    /// The place on the tape: of the value, or of the object in which something is missing.
    package var nodeIndex: Int
    package var severity: Severity
    package var code: Code
    package var message: String
}
