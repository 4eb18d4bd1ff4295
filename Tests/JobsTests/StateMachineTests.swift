import Base
import Jobs
import Testing

/// The decisions, without any database.
@Suite struct StateMachineTests {
    private static let now = QueueTime(microseconds: 1_000_000_000)
    private static let rules = JobRules()

    private func core(_ state: JobCore.State, isCancelRequested: Bool = false) -> JobCore {
        JobCore(
            state: state, priority: 0, visibleAt: QueueTime(microseconds: 900_000_000), attempts: 2, attemptsMax: 4,
            losses: 1, fence: 5, beat: 9, isCancelRequested: isCancelRequested)
    }

    private func next(_ core: JobCore, _ event: JobEvent, isGroupPaused: Bool = false) -> JobDecision {
        var random = SeededRandom(seed: 1)
        return core.next(
            event, at: Self.now, isGroupPaused: isGroupPaused, rules: Self.rules, using: &random)
    }

    /// What becomes of the state: `-` nothing to do, `x` refused, `!` the lease is lost, or the new state. Columns: due,
    /// claim, heartbeat, lease end, done, fail, fail for good, again, cancel, retry, bury, pause, resume.
    private static let table: [(JobCore.State, String)] = [
        (.delayed, "ready x ! - ! ! ! ! cancelled ready dead held -"),
        (.ready, "- running ! - ! ! ! ! cancelled - dead held -"),
        (.held, "- x ! - ! ! ! ! cancelled - dead - ready"),
        (.running, "- x running delayed done delayed dead ready running x dead - -"),
        (.done, "- x ! - ! ! ! ! x x x x -"),
        (.dead, "- x ! - ! ! ! ! x ready - x -"),
        (.cancelled, "- x ! - ! ! ! ! - ready x x -"),
    ]

    private static let events: [JobEvent] = [
        .due, .claim, .heartbeat(fence: 5), .leaseEnd(fence: 5, beat: 9), .done(fence: 5),
        .fail(fence: 5, isFinal: false), .fail(fence: 5, isFinal: true), .again(fence: 5, notBefore: nil), .cancel,
        .retry, .bury, .pause, .resume,
    ]

    @Test func `each event in each state comes to what the table says`() {
        #expect(Set(Self.table.map(\.0)) == Set(JobCore.State.allCases))
        for (state, row) in Self.table {
            let words = row.split(separator: " ")
            #expect(words.count == Self.events.count)
            for (event, word) in zip(Self.events, words) {
                let found =
                    switch next(core(state), event) {
                    case .become(let core): "\(core.state)"
                    case .unchanged: "-"
                    case .refused: "x"
                    case .leaseLost: "!"
                    }
                #expect(found == word, "\(event) in \(state)")
            }
        }
    }

    @Test(arguments: JobCore.State.allCases)
    func `nothing that an earlier holder says changes a job`(_ state: JobCore.State) {
        let events: [JobEvent] = [
            .heartbeat(fence: 4), .done(fence: 4), .fail(fence: 4, isFinal: true), .again(fence: 4, notBefore: nil),
        ]
        for event in events { #expect(next(core(state), event) == .leaseLost) }
        #expect(next(core(state), .leaseEnd(fence: 4, beat: 9)) == .unchanged)
        #expect(next(core(state), .leaseEnd(fence: 5, beat: 8)) == .unchanged)
    }

    @Test func `a job that is told to end is cancelled however it ends, unless it was done`() {
        let told = core(.running, isCancelRequested: true)
        let ends: [JobEvent] = [
            .leaseEnd(fence: 5, beat: 9), .fail(fence: 5, isFinal: false), .fail(fence: 5, isFinal: true),
            .again(fence: 5, notBefore: nil),
        ]
        for event in ends {
            guard case .become(let core) = next(told, event) else {
                Issue.record("\(event)")
                continue
            }
            #expect(core.state == .cancelled)
        }
        guard case .become(let core) = next(told, .done(fence: 5)) else {
            Issue.record("done")
            return
        }
        #expect(core.state == .done)
    }

    @Test func `what would wait is held while its group is paused`() {
        for event in [
            JobEvent.leaseEnd(fence: 5, beat: 9), .fail(fence: 5, isFinal: false), .again(fence: 5, notBefore: nil),
        ] {
            guard case .become(let core) = next(core(.running), event, isGroupPaused: true) else {
                Issue.record("\(event)")
                continue
            }
            #expect(core.state == .held)
        }
        guard case .become(let core) = next(core(.dead), .retry, isGroupPaused: true) else {
            Issue.record("retry")
            return
        }
        #expect(core.state == .held)
    }

    @Test func `backoff lies between nothing and a bound that doubles up to its maximum`() {
        var rules = JobRules()
        rules.backoffSeconds = 2
        rules.backoffSecondsMax = 100
        var random = SeededRandom(seed: 3)
        for (failures, seconds) in [(1, 2), (2, 4), (3, 8), (6, 64), (7, 100), (1000, 100)] {
            #expect(rules.backoffMax(failures: failures) == Int64(seconds) * 1_000_000)
            let spans = (0..<400).map { _ in rules.backoff(failures: failures, using: &random) }
            #expect(spans.allSatisfy { (0...rules.backoffMax(failures: failures)).contains($0) })
            // Full jitter: all of the span is used.
            #expect((spans.min() ?? 0) < Int64(seconds) * 100_000)
            #expect((spans.max() ?? 0) > Int64(seconds) * 900_000)
        }
        rules.backoffSeconds = .infinity
        #expect(rules.backoffMax(failures: 5) == 100_000_000)
    }

    @Test(arguments: 0..<40)
    func `whatever happens to a job, what must always hold does`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var rules = JobRules()
        rules.lossesMax = 3
        var now = QueueTime(microseconds: 0)
        var core = JobCore.new(
            priority: 3, attemptsMax: 3, visibleAt: QueueTime(microseconds: Int64.random(in: 0...50, using: &random)),
            at: now, isGroupPaused: Bool.random(using: &random))
        for _ in 0..<400 {
            now = now.advanced(byMicroseconds: Int64.random(in: 0...2_000_000, using: &random))
            let fence = core.fence - (Int.random(in: 0..<4, using: &random) == 0 ? 1 : 0)
            let events: [JobEvent] = [
                .due, .claim, .heartbeat(fence: fence), .leaseEnd(fence: fence, beat: core.beat),
                .done(fence: fence), .fail(fence: fence, isFinal: false), .fail(fence: fence, isFinal: true),
                .again(fence: fence, notBefore: now.advanced(byMicroseconds: 10)), .cancel, .retry, .bury, .pause,
                .resume,
            ]
            let event = events.randomElement(using: &random) ?? .due
            let decision = core.next(
                event, at: now, isGroupPaused: Bool.random(using: &random), rules: rules, using: &random)
            guard case .become(let next) = decision else { continue }
            #expect(next != core)
            #expect((0...next.attemptsMax).contains(next.attempts))
            #expect((0...rules.lossesMax + 1).contains(next.losses))
            #expect(next.fence >= core.fence && next.beat >= core.beat)
            #expect((next.fence > core.fence) == (event == .claim))
            #expect((next.state == .running && core.state != .running) == (event == .claim))
            #expect(next.state != .delayed || next.visibleAt > now)
            #expect(next.state != .ready || next.visibleAt <= now)
            if !core.state.isLive { #expect(event == .retry && next.attempts == 0 && !next.isCancelRequested) }
            if next.state == .delayed && core.state == .running {
                #expect(next.visibleAt <= now.advanced(byMicroseconds: rules.backoffMax(failures: 3)))
            }
            core = next
        }
    }

    @Test func `a lease ends by what one observer has seen for as long as it lasts`() {
        var watch = LeaseWatch()
        func lease(_ job: Int64, fence: Int64 = 1, beat: Int64 = 1) -> LeaseWatch.Lease {
            LeaseWatch.Lease(job: job, fence: fence, beat: beat, milliseconds: 1000)
        }
        #expect(watch.observe([lease(1), lease(2)], at: 5_000_000_000).isEmpty)
        #expect(watch.observe([lease(1), lease(2, beat: 2)], at: 5_999_999_999).isEmpty)
        #expect(watch.observe([lease(1), lease(2, beat: 2)], at: 6_000_000_000) == [lease(1)])
        #expect(watch.observe([lease(1, fence: 2), lease(2, beat: 2)], at: 6_999_999_999) == [lease(2, beat: 2)])
        // Who was away is seen anew, and a clock that goes back ends nothing.
        #expect(watch.observe([], at: 7_000_000_000).isEmpty)
        #expect(watch.observe([lease(1, fence: 2)], at: 9_000_000_000).isEmpty)
        #expect(watch.observe([lease(1, fence: 2)], at: 1_000_000_000).isEmpty)
    }
}
