/// Searches across resources and over the whole store.
struct JoinBenchmark {
    let serving: ServingBenchmark
    let sample: JoinSample

    func run() throws -> [Measurement] {
        try [
            measure("chained search, by a patient's identifier", sample.chains),
            measure("_has, patients of a name with an Observation", sample.reverseChains),
            measure("sorted search, the latest of a code in the whole store", sample.sorted),
            measure("count of a code over the whole store", sample.counts),
        ]
    }

    private func measure(_ work: String, _ paths: [String]) throws -> Measurement {
        let result = try serving.get(paths, work)
        return try serving.rate(work, result, unit: "searches/s", fixedBytes: result.answerBytes)
    }
}
