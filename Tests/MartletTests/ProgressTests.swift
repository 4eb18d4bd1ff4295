import Base
import Martlet
import Testing

@Suite struct ProgressTests {
    private let full = ProgressLine(
        label: "Ingesting", unit: "resources", count: 1_234_567, fraction: 0.425, rate: 31_204.4, secondsLeft: 34.2)

    @Test func `a line for a log has figures for people`() {
        #expect(full.plain == "Ingesting: 42 %, 1,234,567 resources, 31,204/s, 0:35 left")
    }

    @Test func `what is not known is left out`() {
        #expect(ProgressLine(label: "Ingesting", unit: "resources", count: 7).plain == "Ingesting: 7 resources")
    }

    @Test(arguments: [(0.4, "0:01 left"), (59.5, "1:00 left"), (3_600, "1:00:00 left"), (100_000, "27:46:40 left")])
    func `time left reads as a clock`(_ seconds: Double, _ text: String) {
        let line = ProgressLine(label: "x", unit: "y", count: 0, secondsLeft: seconds)
        #expect(line.plain == "x: 0 y, \(text)")
    }

    @Test func `a wide terminal gets a bar`() {
        let line = full.drawn(columns: 200, isUnicode: true)
        #expect(line.hasPrefix("Ingesting  ━"))
        #expect(line.hasSuffix("  42 %  1,234,567 resources  31,204/s  0:35 left"))
        #expect(line.filter { $0 == "━" }.count == 17)
        #expect(line.filter { $0 == "─" }.count == 23)
        #expect(full.drawn(columns: 200, isUnicode: false).contains("#################-----------------------"))
    }

    @Test func `no line is wider than the terminal, and the narrower it is the less it tells`() {
        var told = Int.max
        for columns in stride(from: 120, through: 0, by: -1) {
            let line = full.drawn(columns: columns, isUnicode: true)
            #expect(line.count <= columns)
            #expect(line.count <= told)
            told = line.count
        }
        #expect(full.drawn(columns: 40, isUnicode: true) == "Ingesting  42 %  1,234,567 resources")
        #expect(full.drawn(columns: 15, isUnicode: true) == "Ingesting  42 %")
    }

    @Test func `a fraction out of range stays within the bar`() {
        var line = full
        for (fraction, percent) in [(-1.0, "0 %"), (1.0, "100 %"), (1.7, "100 %"), (0.9999, "99 %")] {
            line.fraction = fraction
            #expect(line.drawn(columns: 100, isUnicode: false).contains("  \(percent)"))
        }
    }

    @Test func `the pace is that of the last seconds`() throws {
        var pace = PaceEstimate(windowSeconds: 10)
        #expect(pace.rate == nil)
        var count = 0
        for tenth in 0...1000 {
            let seconds = Double(tenth) / 10
            count += seconds <= 50 ? 10 : 100
            pace.note(seconds: seconds, count: count, fraction: seconds / 200)
        }
        let rate = try #require(pace.rate)
        #expect(abs(rate - 1000) < 20)
        let left = try #require(pace.secondsLeft)
        #expect(abs(left - 100) < 2)
    }

    @Test func `nothing is promised while nothing moves`() {
        var pace = PaceEstimate()
        for second in 0...20 { pace.note(seconds: Double(second), count: 5, fraction: 0.5) }
        #expect(pace.rate == 0)
        #expect(pace.secondsLeft == nil)
    }
}
