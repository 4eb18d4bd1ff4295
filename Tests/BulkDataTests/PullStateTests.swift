import Base
import BulkData
import Testing

@Suite struct PullStateTests {
    private let start = Instant(microseconds: 1_800_000_000_000_000)

    private func location(_ text: String) throws -> WebLocation { try #require(WebLocation(text)) }

    private func order(_ since: String? = nil) throws -> PullOrder {
        try PullOrder(
            base: location("https://a.example/fhir"), level: .group("g1"), types: ["Patient", "Observation"],
            typeFilters: ["Observation?status=final"], since: since.flatMap(FHIRInstant.init))
    }

    private func manifest(
        at time: String = "2026-01-01T00:00:00Z", _ files: [String], next: String? = nil
    ) throws -> Manifest {
        Manifest(
            transactionTime: try #require(FHIRInstant(time)), requiresAccessToken: true,
            files: try files.map { Manifest.File(content: .resources, type: "Patient", location: try location($0)) },
            next: try next.map(location))
    }

    /// A pull whose manifest is read, with its files to be downloaded.
    private func downloading(_ files: [String]) throws -> PullState {
        var pull = PullState(try order())
        pull.take(.accepted(try location("https://a.example/status/1")), at: start)
        pull.take(.manifest(try manifest(files)), at: start)
        return pull
    }

    @Test func `a pull asks, waits, downloads, delivers and says that it is done`() throws {
        var pull = PullState(try order("2025-12-31T23:59:59.5+01:00"))
        guard case .kickOff(let kickOff) = pull.next(at: start) else { return #expect(Bool(false)) }
        #expect(
            kickOff.text
                == "https://a.example/fhir/Group/g1/$export?_outputFormat=application%2Ffhir%2Bndjson&_type=Patient%2CObservation"
                + "&_typeFilter=Observation%3Fstatus%3Dfinal&_since=2025-12-31T23%3A59%3A59.5%2B01%3A00")
        let status = try location("https://a.example/status/1")
        pull.take(.accepted(status), at: start)
        #expect(pull.next(at: start) == .poll(status))
        pull.take(.running(ExportProgress("10%"), retryAfter: 30), at: start)
        #expect(pull.next(at: start) == .wait(until: start.advanced(bySeconds: 30)))
        let later = start.advanced(bySeconds: 30)
        #expect(pull.next(at: later) == .poll(status))
        pull.take(.manifest(try manifest(["https://a.example/1", "https://a.example/2"])), at: later)
        #expect(pull.next(at: later) == .download([0, 1]))
        pull.take(.downloaded(file: 1, bytes: 5), at: later)
        #expect(pull.next(at: later) == .download([0]))
        pull.take(.downloaded(file: 0, bytes: 7), at: later)
        #expect(pull.next(at: later) == .deliver)
        pull.take(.delivered(PullCounts()), at: later)
        #expect(pull.next(at: later) == .release(status))
        pull.take(.released, at: later)
        #expect(pull.next(at: later) == .ended)
        #expect(pull.phase == .done)
        #expect(pull.transactionTime?.text == "2026-01-01T00:00:00Z")
        #expect(pull.bytes == (12, 12))
    }

    @Test func `without a word from the server the pauses grow`() throws {
        var pull = PullState(try order())
        pull.take(.accepted(try location("https://a.example/s")), at: start)
        var pauses: [Double] = []
        var now = start
        for _ in 0..<9 {
            pull.take(.running(nil, retryAfter: nil), at: now)
            guard case .wait(let until) = pull.next(at: now) else { return #expect(Bool(false)) }
            pauses.append(Double(until.microseconds - now.microseconds) / 1_000_000)
            now = until
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func `links that expired are read anew, and what is here stays`() throws {
        var pull = try downloading(["https://a.example/1?sig=a", "https://a.example/2?sig=a"])
        pull.take(.downloaded(file: 0, bytes: 100), at: start)
        pull.take(.received(file: 1, bytes: 50), at: start)
        pull.take(.downloadFailed(file: 1, PullFault(.gone, "expired")), at: start)
        #expect(pull.next(at: start) == .manifest(try location("https://a.example/status/1")))
        pull.take(.manifest(try manifest(["https://a.example/1?sig=b", "https://a.example/2?sig=b"])), at: start)
        #expect(pull.next(at: start) == .download([1]))
        #expect(pull.file(numbered: 1)?.received == 50)
        #expect(pull.file(numbered: 1)?.facts.location.text == "https://a.example/2?sig=b")
    }

    @Test func `an export that is gone is asked for again, and whole files are compared, not downloaded`() throws {
        var pull = try downloading(["https://a.example/x/1.ndjson", "https://a.example/x/2.ndjson"])
        pull.take(.began(file: 0, total: 100, entityTag: "\"e\""), at: start)
        pull.take(.downloaded(file: 0, bytes: 100), at: start)
        pull.take(.downloadFailed(file: 1, PullFault(.gone, "expired")), at: start)
        pull.take(.failed(PullFault(.gone, "no such export")), at: start)
        guard case .wait(let until) = pull.next(at: start) else { return #expect(Bool(false)) }
        guard case .kickOff = pull.next(at: until) else { return #expect(Bool(false)) }
        pull.take(.accepted(try location("https://a.example/status/2")), at: until)
        pull.take(
            .manifest(
                try manifest(
                    at: "2026-01-02T00:00:00Z", ["https://a.example/y/1.ndjson", "https://a.example/y/2.ndjson"])),
            at: until)
        #expect(pull.file(numbered: 0)?.state == .comparing)
        #expect(pull.next(at: until) == .download([0, 2]))
        pull.take(.unchanged(file: 0), at: until)
        pull.take(.downloaded(file: 2, bytes: 1), at: until)
        #expect(pull.next(at: until) == .deliver)
        #expect(pull.transactionTime?.text == "2026-01-02T00:00:00Z")
    }

    @Test func `an export that never comes is given up`() throws {
        var pull = PullState(try order())
        var now = start
        for round in 1... {
            guard !pull.isOver else { break }
            if case .wait(let until) = pull.next(at: now) { now = until }
            pull.take(.accepted(try location("https://a.example/s/\(round)")), at: now)
            pull.take(.failed(PullFault(.refused, "the export failed")), at: now)
            #expect(round <= 5)
        }
        #expect(pull.phase == .failed)
        #expect(pull.problem?.detail == "the export failed")
    }

    @Test func `a file that fails for a while is asked for later, and in the end the pull fails`() throws {
        var pull = try downloading(["https://a.example/1"])
        var now = start
        var rounds = 0
        while !pull.isOver {
            pull.take(.downloadFailed(file: 0, PullFault(.transient, "cut off")), at: now)
            rounds += 1
            if case .wait(let until) = pull.next(at: now) { now = until }
        }
        #expect(rounds == 10)
        #expect(pull.phase == .failed)
        #expect(now > start.advanced(bySeconds: 300))
    }

    @Test func `bytes that come in between make the patience anew`() throws {
        var pull = try downloading(["https://a.example/1"])
        for round in 1...50 {
            pull.take(.received(file: 0, bytes: UInt64(round)), at: start)
            pull.take(.downloadFailed(file: 0, PullFault(.transient, "cut off")), at: start)
        }
        #expect(!pull.isOver)
    }

    @Test func `pages of a manifest that lead in a circle are refused`() throws {
        var pull = PullState(try order())
        pull.take(.accepted(try location("https://a.example/s")), at: start)
        pull.take(.manifest(try manifest(["https://a.example/1"], next: "https://a.example/p2")), at: start)
        pull.take(.manifest(try manifest(["https://a.example/2"], next: "https://a.example/p3")), at: start)
        pull.take(.manifest(try manifest(["https://a.example/3"], next: "https://a.example/p2")), at: start)
        #expect(pull.phase == .failed)
    }

    @Test func `a manifest that changes between its pages has the export asked for again`() throws {
        var pull = PullState(try order())
        pull.take(.accepted(try location("https://a.example/s")), at: start)
        pull.take(.manifest(try manifest(["https://a.example/1"], next: "https://a.example/p2")), at: start)
        pull.take(.manifest(try manifest(at: "2026-01-05T00:00:00Z", ["https://a.example/2"])), at: start)
        #expect(pull.phase == .kickOff)
    }

    @Test func `a server without exports is searched type by type`() throws {
        var pull = PullState(
            try PullOrder(
                base: location("https://a.example/fhir"), types: ["Patient", "Observation"],
                typeFilters: ["Observation?status=final&code=a b"], since: FHIRInstant("2026-01-01T00:00:00Z")))
        pull.take(.failed(PullFault(.notSupported, "501")), at: start)
        #expect(pull.next(at: start) == .capabilities(try location("https://a.example/fhir/metadata")))
        pull.take(.searchable(["Encounter", "Patient", "Observation"], serverTime: start), at: start)
        guard case .page(let first, file: 0) = pull.next(at: start) else { return #expect(Bool(false)) }
        #expect(first.target == "/fhir/Patient?_count=500&_lastUpdated=ge2026-01-01T00%3A00%3A00Z")
        pull.take(.page(next: try location("https://a.example/fhir?page=2"), resources: 500, fileBytes: 10), at: start)
        #expect(pull.next(at: start) == .page(try location("https://a.example/fhir?page=2"), file: 0))
        pull.take(.page(next: nil, resources: 1, fileBytes: 11), at: start)
        guard case .page(let second, file: 1) = pull.next(at: start) else { return #expect(Bool(false)) }
        #expect(second.target.hasPrefix("/fhir/Observation?status=final&code=a%20b&_count=500"))
        pull.take(.page(next: nil, resources: 0, fileBytes: 0), at: start)
        #expect(pull.next(at: start) == .deliver)
        #expect(pull.transactionTime?.instant == start.advanced(bySeconds: -300))
        pull.take(.delivered(PullCounts()), at: start)
        #expect(pull.phase == .done)
    }

    @Test func `named files go on without the one that is refused`() throws {
        var pull = PullState(
            try PullOrder(
                base: location("https://a.example/fhir"),
                source: .files([
                    .init(content: .resources, type: "Patient", location: try location("https://b.example/1")),
                    .init(content: .resources, type: "Patient", location: try location("https://b.example/2")),
                ])))
        pull.take(.downloadFailed(file: 0, PullFault(.refused, "403")), at: start)
        pull.take(.downloaded(file: 1, bytes: 3), at: start)
        #expect(pull.next(at: start) == .deliver)
        pull.take(.delivered(PullCounts()), at: start)
        #expect(pull.phase == .done)
        #expect(pull.hasRejects)
    }

    @Test func `more bytes than a pull may take end it`() throws {
        var limits = PullLimits()
        limits.bytesMax = 1_000
        var pull = PullState(try order(), limits: limits)
        pull.take(.accepted(try location("https://a.example/s")), at: start)
        pull.take(.manifest(try manifest(["https://a.example/1"])), at: start)
        pull.take(.received(file: 0, bytes: 1_001), at: start)
        #expect(pull.phase == .failed)
    }

    @Test func `a state that is written down and read again goes on the same way, after any events`() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<60 {
            var pull = PullState(try order("2026-01-01T00:00:00Z"))
            var now = start
            for _ in 0..<40 {
                pull.take(try event(&random), at: now, draw: Double.random(in: 0...1, using: &random))
                now = now.advanced(bySeconds: Double.random(in: 0...100, using: &random))
                let bytes = pull.encoded()
                let again = try bytes.withUnsafeBytes { try PullState(encoded: $0) }
                #expect(again == pull)
                #expect(again.next(at: now) == pull.next(at: now))
                pull = again
            }
        }
    }

    @Test func `a state that was cut or altered is refused or read, and nothing else`() throws {
        let bytes = try downloading(["https://a.example/1", "https://a.example/2"]).encoded()
        for count in 0..<bytes.count {
            #expect(throws: BulkDataError.self) {
                try bytes[..<count].withUnsafeBytes { try PullState(encoded: $0) }
            }
        }
        var random = SeededRandom(seed: 3)
        var refused = 0
        for _ in 0..<3_000 {
            var altered = bytes
            altered[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            do {
                let state = try altered.withUnsafeBytes { try PullState(encoded: $0) }
                _ = state.next(at: start)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    private func event(_ random: inout SeededRandom) throws -> PullEvent {
        let file = Int.random(in: 0...4, using: &random)
        let kinds: [PullFault.Kind] = [.transient, .busy, .gone, .changed, .notSupported, .refused]
        let fault = PullFault(kinds[Int.random(in: 0..<kinds.count, using: &random)], "a fault")
        switch Int.random(in: 0...12, using: &random) {
        case 0, 1: return .accepted(try location("https://a.example/s/\(file)"))
        case 2: return .running(ExportProgress("\(file)%"), retryAfter: Double(file))
        case 3, 4:
            return .manifest(
                try manifest(
                    at: "2026-01-0\(1 + file % 2)T00:00:00Z", ["https://a.example/\(file)?s", "https://a.example/b"]))
        case 5: return .searchable(["Patient", "Observation"], serverTime: nil)
        case 6:
            return .page(
                next: file == 0 ? nil : try location("https://a.example/p/\(file)"), resources: 2, fileBytes: 9)
        case 7: return .began(file: file, total: 100, entityTag: "\"\(file)\"")
        case 8: return .received(file: file, bytes: UInt64.random(in: 0...90, using: &random))
        case 9: return .downloaded(file: file, bytes: 100)
        case 10: return .unchanged(file: file)
        case 11: return .downloadFailed(file: file, fault)
        default: return .failed(fault)
        }
    }
}
