import Benchmarks
import Testing

@Suite struct LoadTests {
    @Test func `what the load generator tells is read`() throws {
        let output = "Running 10s test\n  Requests/sec: 1\nmartlet-bench 250000 10000000 1200 9800 3 1 512000000\n"
        let result = try #require(LoadScript.result(in: output))
        #expect(result.requests == 250_000)
        #expect(result.requestsPerSecond == 25_000)
        #expect(result.p50Milliseconds == 1.2)
        #expect(result.p99Milliseconds == 9.8)
        #expect(result.errorAnswers == 3)
        #expect(result.failures == 1)
        #expect(result.bytesPerRequest == 2048)
    }

    @Test(arguments: ["", "unable to connect", "martlet-bench 1 2", "martlet-bench 1 2 3 4 5 6 x", " martlet-bench 1"])
    func `output without a whole line is no result`(output: String) {
        #expect(LoadScript.result(in: output) == nil)
    }

    @Test func `a rate is told of the first and the last so many`() {
        let recorder = RateRecorder()
        for second in 0...10 {
            // 100 a second, and half of that from the sixth second on.
            let count = second <= 5 ? second * 100 : 500 + (second - 5) * 50
            recorder.note(count, at: UInt64(second) * 1_000_000_000)
        }
        recorder.note(750, at: 20_000_000_000)
        #expect(recorder.rate(ofFirst: 200) == 100)
        #expect(recorder.rate(ofLast: 200) == 50)
        #expect(recorder.rate(ofFirst: 1000) == nil)
        #expect(recorder.rate(ofLast: 1000) == nil)
    }
}
