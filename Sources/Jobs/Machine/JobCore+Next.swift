extension JobCore {
    /// What an event makes of this job.
    /// - Parameters:
    ///   - now: the queue's time.
    ///   - isGroupPaused: whether the job's group is paused.
    ///   - random: for the jitter of retries.
    package func next(
        _ event: JobEvent, at now: QueueTime, isGroupPaused: Bool, rules: JobRules,
        using random: inout some RandomNumberGenerator
    ) -> JobDecision {
        switch event {
        case .due: due(at: now)
        case .claim: claimed()
        case .heartbeat(let fence): isHeld(fence) ? .become(with { $0.beat += 1 }) : .leaseLost
        case .leaseEnd(let fence, let beat):
            isHeld(fence) && beat == self.beat
                ? lost(at: now, isGroupPaused: isGroupPaused, rules, &random) : .unchanged
        case .done(let fence):
            isHeld(fence) ? .become(with { $0.state = .done }) : .leaseLost
        case .fail(let fence, let isFinal):
            isHeld(fence)
                ? failed(isFinal: isFinal, at: now, isGroupPaused: isGroupPaused, rules, &random) : .leaseLost
        case .again(let fence, let time):
            isHeld(fence) ? again(time, at: now, isGroupPaused: isGroupPaused) : .leaseLost
        case .cancel: cancelled()
        case .retry: retried(at: now, isGroupPaused: isGroupPaused)
        case .bury: buried()
        case .pause: paused()
        case .resume: resumed(at: now)
        }
    }

    private func isHeld(_ fence: Int64) -> Bool {
        state == .running && fence == self.fence
    }

    private func with(_ change: (inout JobCore) -> Void) -> JobCore {
        var core = self
        change(&core)
        return core
    }

    private func due(at now: QueueTime) -> JobDecision {
        guard state == .delayed, visibleAt <= now else { return .unchanged }
        return .become(with { $0.state = .ready })
    }

    private func claimed() -> JobDecision {
        guard state == .ready else { return .refused }
        return .become(
            with {
                $0.state = .running
                $0.attempts += 1
                $0.fence += 1
                $0.beat += 1
            })
    }

    private func lost(
        at now: QueueTime, isGroupPaused: Bool, _ rules: JobRules, _ random: inout some RandomNumberGenerator
    ) -> JobDecision {
        guard !isCancelRequested else { return .become(with { $0.state = .cancelled }) }
        let losses = losses + 1
        let wait = losses == 1 ? 0 : rules.backoff(failures: losses - 1, using: &random)
        return .become(
            with {
                $0.losses = losses
                $0.attempts -= 1
                if losses > rules.lossesMax {
                    $0.state = .dead
                } else {
                    $0.wait(until: now.advanced(byMicroseconds: wait), at: now, isGroupPaused: isGroupPaused)
                }
            })
    }

    private func failed(
        isFinal: Bool, at now: QueueTime, isGroupPaused: Bool, _ rules: JobRules,
        _ random: inout some RandomNumberGenerator
    ) -> JobDecision {
        guard !isCancelRequested else { return .become(with { $0.state = .cancelled }) }
        guard !isFinal, attempts < attemptsMax else { return .become(with { $0.state = .dead }) }
        let wait = rules.backoff(failures: attempts, using: &random)
        return .become(
            with {
                $0.losses = 0
                $0.wait(until: now.advanced(byMicroseconds: wait), at: now, isGroupPaused: isGroupPaused)
            })
    }

    private func again(_ time: QueueTime?, at now: QueueTime, isGroupPaused: Bool) -> JobDecision {
        guard !isCancelRequested else { return .become(with { $0.state = .cancelled }) }
        return .become(
            with {
                $0.attempts -= 1
                $0.losses = 0
                $0.wait(until: time ?? now, at: now, isGroupPaused: isGroupPaused)
            })
    }

    private func cancelled() -> JobDecision {
        switch state {
        case .delayed, .ready, .held: .become(with { $0.state = .cancelled })
        case .running where isCancelRequested: .unchanged
        case .running: .become(with { $0.isCancelRequested = true })
        case .cancelled: .unchanged
        case .done, .dead: .refused
        }
    }

    private func retried(at now: QueueTime, isGroupPaused: Bool) -> JobDecision {
        switch state {
        case .dead, .cancelled:
            .become(
                with {
                    $0.attempts = 0
                    $0.losses = 0
                    $0.isCancelRequested = false
                    $0.wait(until: now, at: now, isGroupPaused: isGroupPaused)
                })
        case .delayed: .become(with { $0.wait(until: now, at: now, isGroupPaused: isGroupPaused) })
        case .ready, .held: .unchanged
        case .running, .done: .refused
        }
    }

    private func buried() -> JobDecision {
        switch state {
        case .delayed, .ready, .held, .running: .become(with { $0.state = .dead })
        case .dead: .unchanged
        case .done, .cancelled: .refused
        }
    }

    private func paused() -> JobDecision {
        switch state {
        case .delayed, .ready: .become(with { $0.state = .held })
        case .held, .running: .unchanged
        case .done, .dead, .cancelled: .refused
        }
    }

    private func resumed(at now: QueueTime) -> JobDecision {
        guard state == .held else { return .unchanged }
        return .become(with { $0.state = visibleAt > now ? .delayed : .ready })
    }
}
