import FHIR
import Search

/// What all tests of this target share.
enum Shared {
    static let plans: Result<SearchPlans, any Error> = Result { SearchPlans(definitions: try Definitions.load()) }
}
