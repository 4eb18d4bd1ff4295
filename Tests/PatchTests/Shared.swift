import FHIR
import Foundation

/// What the tests of this target share.
enum Shared {
    static let definitions: Result<Definitions, any Error> = Result { try Definitions.load() }
}
