import Benchmarks
import Testing

@Suite struct MeasurementTests {
    private let rate = Measurement(
        "ingest", 31_400, "resources/s", target: .atLeast(30_000),
        floors: [.init("parse", 157_000)], details: [.init("seconds", 2.5)])

    @Test func `a figure is met or missed on the right side of its target`() {
        #expect(Measurement.Target.atLeast(10).isMet(by: 10))
        #expect(!Measurement.Target.atLeast(10).isMet(by: 9.99))
        #expect(Measurement.Target.atMost(10).isMet(by: 10))
        #expect(!Measurement.Target.atMost(10).isMet(by: 10.01))
    }

    @Test func `a ratio to a floor of zero is none`() {
        #expect(rate.ratio(to: rate.floors[0]) == 0.2)
        #expect(rate.ratio(to: .init("nothing", 0)) == nil)
    }

    @Test(arguments: [
        (31_400.0, "31,400"), (0.0, "0"), (1_234_567.4, "1,234,567"), (4.567, "4.57"), (45.67, "45.7"),
        (0.0123, "0.0123"),
        (0.2, "0.200"), (99.96, "100.0"), (-12.34, "-12.3"), (-1234.0, "-1,234"), (1.0, "1"), (.nan, "–"),
    ])
    func `numbers are written to three digits with thousands apart`(value: Double, text: String) {
        #expect(MeasurementTable.figure(value) == text)
    }

    @Test func `the table says value, target, verdict, floor and ratio in lines of one width`() {
        let lines = MeasurementTable.text([rate]).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1].contains("31,400 resources/s"))
        #expect(lines[1].contains("≥ 30,000"))
        #expect(lines[1].contains("met"))
        #expect(lines[2].contains("floor: parse"))
        #expect(lines[2].hasSuffix("0.200"))
    }

    @Test func `the JSON holds the machine and every figure`() {
        let report = BenchmarkReport(
            machine: MachineFacts(facts: [("processor", "a \"fast\" one")]),
            measurements: [rate, Measurement("gone", .nan, "ms", target: .atMost(1))])
        #expect(
            report.json == """
                {"machine":{"processor":"a \\"fast\\" one"},"measurements":[{"work":"ingest","unit":"resources/s",\
                "value":31400.0,"targetMin":30000.0,"isMet":true,"floors":[{"name":"parse","value":157000.0,"ratio":0.2}],\
                "details":{"seconds":2.5}},{"work":"gone","unit":"ms","value":null,"targetMax":1.0,"isMet":false,\
                "floors":[],"details":{}}]}

                """)
        #expect(!report.isGood)
    }
}
