/// What `martlet bench` measures.
package enum BenchmarkPart: String, CaseIterable, Sendable {
    /// Zipped Bundles into a new store: rate, space, memory.
    case ingest
    /// Reads by id over HTTP.
    case read
    /// Searches within one patient's record over HTTP.
    case search
    /// `$everything` of patients with about a thousand resources, over HTTP.
    case everything
    /// Searches through references and back, sorted ones and counts over the whole store, over HTTP.
    case joins
    /// A patient with conditions, in one GraphQL query over HTTP.
    case graphql
    /// An export of the whole system, in process.
    case export
    /// Small durable writes over HTTP. They are added to the store.
    case write
    /// Transaction Bundles over HTTP. They are added to the store.
    case transaction
    /// Reads and searches over HTTP as a person with decisions and the audit trail, next to the same without either.
    /// Care teams and consents are added to the store.
    case access
    /// From the start of the program to its first answer.
    case start
    /// The same input with validation off, of structure and in full, into a new store each time.
    case validation
    /// Jobs of the durable queue, claimed and done in batches and one by one.
    case jobs
    /// Parts of an upload in parallel over HTTP, to the program itself with a store of its own.
    case upload

    /// Whether it makes all that it measures.
    var needsNoStore: Bool { [.validation, .jobs, .upload].contains(self) }
}

/// How a run of benchmarks goes.
package struct BenchmarkOptions: Sendable {
    /// What is measured, in this order.
    package var parts: [BenchmarkPart] = BenchmarkPart.allCases
    /// Where the store lies and stays. `nil` for a temporary folder. A store that is there is measured as it is; never
    /// name one that holds patients' records, since writes are measured on it too.
    package var dataFolder: String?
    /// How many synthetic resources are ingested, about.
    package var resources = 200_000
    /// A zip, folder or file that is ingested instead of synthetic patients.
    package var inputPath: String?
    /// How long each load over HTTP lasts.
    package var seconds = 10
    /// Connections of the load over HTTP.
    package var connections = 64
    /// Where the figures go as JSON.
    package var jsonPath: String?

    package init() {}
}
