internal import FHIR
internal import Search

/// One walk through the log that indexes entries for new custom paths.
struct ReindexPass {
    /// The paths as they were when it began, by their seeds.
    let paths: [UInt64: CustomPath]
    /// The types that the paths are of.
    let types: [TypeID]
    /// These paths alone.
    let plans: SearchPlans
    /// The first and the last entry to look at.
    let first: UInt64
    let last: UInt64
}
