import Base
import FHIR
import Foundation
import JSONTape
import Search
import TestSupport
import Testing

@Suite struct SearchSpeedTests {
    /// What was measured of one type.
    struct Figure {
        var resources = 0
        var tokens = 0
        var entries = 0
        var nanoseconds: UInt64 = 0
    }

    @Test(.enabled(if: SharedData.has("data/synthea/synthea-r4.zip"), "needs shared/data/synthea/synthea-r4.zip"))
    func `a resource of Synthea costs few tokens and little time`() throws {
        let zip = try #require(SharedData.file("data/synthea/synthea-r4.zip"))
        let bench = try Bench()
        var figures: [String: Figure] = [:]
        var byPath: [String: Int] = [:]
        try SharedData.eachFile(of: zip, only: "*/A*") { _, bytes in
            try measure(bytes, bench, &figures, &byPath)
        }
        var total = Figure()
        for (name, figure) in figures.sorted(by: { $0.value.resources > $1.value.resources }) {
            report(name, figure)
            total.resources += figure.resources
            total.tokens += figure.tokens
            total.entries += figure.entries
            total.nanoseconds += figure.nanoseconds
        }
        report("all", total)
        for (path, count) in byPath.sorted(by: { $0.value > $1.value }).prefix(40) { print("  \(count) \(path)") }
        #expect(total.resources > 1_000)
        #expect(Double(total.tokens) / Double(total.resources) < 24)
    }

    /// Processor time of this thread: other tests run beside it.
    private func threadNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func report(_ name: String, _ figure: Figure) {
        guard figure.resources > 0 else { return }
        let tokens = Double(figure.tokens * 10 / figure.resources) / 10
        let entries = Double(figure.entries * 10 / figure.resources) / 10
        let time = figure.nanoseconds / UInt64(figure.resources)
        print("\(name): \(figure.resources) resources, \(tokens) tokens and \(entries) entries each, \(time) ns each")
    }

    private func measure(
        _ bytes: [UInt8], _ bench: Bench, _ figures: inout [String: Figure], _ byPath: inout [String: Int]
    ) throws {
        try bench.document(bytes).withRoot { root in
            for entry in root.member("entry")?.elements.map({ $0 }) ?? [] {
                guard let resource = entry.member("resource"), let type = bench.type(resource) else { continue }
                bench.extractor.extract(resource, type: type, into: bench.entries)
                bench.hasher.makeTokens(of: bench.entries, type: type, into: bench.tokens)
                let rounds: UInt64 = 3
                let start = threadNanoseconds()
                for _ in 0..<rounds {
                    bench.extractor.extract(resource, type: type, into: bench.entries)
                    bench.hasher.makeTokens(of: bench.entries, type: type, into: bench.tokens)
                }
                let name = bench.plans.definitions[type].name
                figures[name, default: Figure()].nanoseconds += (threadNanoseconds() - start) / rounds
                figures[name, default: Figure()].resources += 1
                figures[name, default: Figure()].tokens += bench.tokens.count
                figures[name, default: Figure()].entries += bench.entries.count
            }
        }
    }
}
