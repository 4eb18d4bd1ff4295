import Access
import Base
import Jobs
import Testing

/// Random histories of a queue, held against a plain model of what it must do.
@Suite struct ModelTests {
    private struct Model {
        var id: JobID
        var tenant: TenantName
        var key: String?
        var group: String?
        var state: JobState
        var claim: ClaimedJob?
        var isCancelRequested = false
    }

    @Test(arguments: 0..<6)
    func `a random history comes out as the model says`(_ seed: UInt64) throws {
        let test = try TestQueues()
        let queues = [try test.queue(), try test.queue { $0.seed = seed }]
        var random = SeededRandom(seed: seed)
        var models: [Model] = []
        var pausedGroups: Set<String> = []
        var late: [ClaimedJob] = []

        func place(_ state: JobState) -> Int? {
            models.indices.filter { models[$0].state == state }.randomElement(using: &random)
        }
        func waits(_ model: Model) -> JobState {
            model.group.map { pausedGroups.contains($0) } == true ? .paused : .waiting
        }

        for step in 0..<160 {
            let queue = queues[step % 2]
            test.time.jump([0, 0, 0, 3600, -3600][Int.random(in: 0..<5, using: &random)])
            switch Int.random(in: 0..<13, using: &random) {
            case 0, 1, 2:
                let tenant = Bool.random(using: &random) ? TenantName.north : .south
                let key = Bool.random(using: &random) ? "k\(Int.random(in: 0..<4, using: &random))" : nil
                let group = Bool.random(using: &random) ? "g\(Int.random(in: 0..<2, using: &random))" : nil
                let answer = try queue.enqueue([job("x", tenant: tenant, key: key, attemptsMax: 2, group: group)])[0]
                let live = models.firstIndex {
                    key != nil && $0.key == key && $0.tenant == tenant && $0.state.isLive
                }
                if let live {
                    #expect(answer == .joined(models[live].id))
                } else {
                    #expect(answer == .added(answer.id))
                    var model = Model(id: answer.id, tenant: tenant, key: key, group: group, state: .waiting)
                    // Jobs of the other tenant are in other groups, whatever they are called.
                    model.group = group.map { "\(tenant) \($0)" }
                    model.state = waits(model)
                    models.append(model)
                }
            case 3, 4:
                test.time.pass(3601)
                let claimed = try queue.claim(["mail"], worker: "w", count: 3, leaseSeconds: 100_0)
                let waiting = models.filter { $0.state == .waiting }.count
                #expect(claimed.count == min(3, waiting))
                for claim in claimed {
                    let found = try #require(models.firstIndex { $0.id == claim.id })
                    #expect(models[found].state == .waiting)
                    models[found].state = .running
                    models[found].claim = claim
                }
            case 5, 6:
                guard let found = place(.running), let claim = models[found].claim else { continue }
                late.append(claim)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    #expect(try queue.finish([(claim, .done(result: [1]))]) == [true])
                    models[found].state = .done
                case 1:
                    #expect(try queue.finish([(claim, .failed(reason: "r", isFinal: false))]) == [true])
                    models[found].state =
                        models[found].isCancelRequested
                        ? .cancelled : claim.attempt >= 2 ? .dead : waits(models[found])
                case 2:
                    #expect(try queue.finish([(claim, .failed(reason: "r", isFinal: true))]) == [true])
                    models[found].state = models[found].isCancelRequested ? .cancelled : .dead
                default:
                    #expect(try queue.finish([(claim, .again(notBefore: nil))]) == [true])
                    models[found].state = models[found].isCancelRequested ? .cancelled : waits(models[found])
                }
            case 7:
                guard let found = models.indices.randomElement(using: &random) else { continue }
                let answer = try queue.cancel(models[found].id, tenant: models[found].tenant)
                switch models[found].state {
                case .waiting, .paused:
                    #expect(answer == .done)
                    models[found].state = .cancelled
                case .running:
                    #expect(answer == (models[found].isCancelRequested ? .unchanged : .signalled))
                    models[found].isCancelRequested = true
                case .cancelled: #expect(answer == .unchanged)
                case .done, .dead: #expect(answer == .refused(models[found].state))
                }
            case 8:
                guard let found = place(.dead) ?? place(.cancelled) else { continue }
                let answer = try queue.retry(models[found].id, tenant: models[found].tenant)
                let other = models.first { other in
                    other.state.isLive && other.key != nil && other.key == models[found].key
                        && other.tenant == models[found].tenant
                }
                if let other {
                    #expect(answer == .taken(other.id))
                } else {
                    #expect(answer == .done)
                    models[found].state = waits(models[found])
                    models[found].isCancelRequested = false
                }
            case 9:
                guard let found = place(.running) ?? place(.waiting) else { continue }
                #expect(try queue.bury(models[found].id, tenant: models[found].tenant, reason: "b") == .done)
                models[found].state = .dead
            case 10:
                let tenant = Bool.random(using: &random) ? TenantName.north : .south
                let group = "g\(Int.random(in: 0..<2, using: &random))"
                let name = "\(tenant) \(group)"
                let isPaused = pausedGroups.contains(name)
                let from: JobState = isPaused ? .paused : .waiting
                let places = models.indices.filter { models[$0].group == name && models[$0].state == from }
                let count =
                    isPaused
                    ? try queue.resume(group: group, tenant: tenant) : try queue.pause(group: group, tenant: tenant)
                #expect(count == places.count)
                if isPaused { pausedGroups.remove(name) } else { pausedGroups.insert(name) }
                for place in places { models[place].state = isPaused ? .waiting : .paused }
            case 11:
                // Everybody's leases end.
                for queue in queues { _ = try queue.tend() }
                test.time.pass(1001)
                _ = try queue.tend()
                for found in models.indices where models[found].state == .running {
                    if let claim = models[found].claim { late.append(claim) }
                    models[found].state = models[found].isCancelRequested ? .cancelled : waits(models[found])
                }
            default:
                for claim in late {
                    let isHeld = models.contains { $0.state == .running && $0.claim?.lease == claim.lease }
                    guard !isHeld else { continue }
                    #expect(try queue.finish([(claim, .done(result: nil))]) == [false])
                    #expect(try queue.heartbeat([claim]) == [.lost])
                }
            }
            for model in models {
                let facts = try #require(try queue.job(model.id, tenant: model.tenant))
                #expect(facts.state == model.state, "step \(step)")
            }
        }
    }
}
