internal import Base
internal import HTTP
internal import JSONTape
internal import WebClient

extension PullRun {
    private static let outcomeBytesMax: UInt64 = 64 << 20

    /// Does one step, tells the state what came of it, and writes the state down.
    func perform(_ action: PullAction) throws {
        var event: PullEvent
        do {
            event = try outcome(of: action)
        } catch let fault as PullFault {
            event = .failed(fault)
        } catch let error as BulkDataError where [.malformed, .tooLarge, .notSupported, .address].contains(error.code) {
            event = .failed(PullFault(.refused, "\(server.base.origin): \(error.detail)"))
        } catch let error as BulkDataError where error.code == .key {
            event = .failed(PullFault(.refused, error.detail))
        }
        if case .failed(let fault) = event, fault.kind == .cancelled, isLeaving { return }
        try lock.withLock {
            take(event)
            try save()
            forgetFiles()
        }
    }

    private func outcome(of action: PullAction) throws -> PullEvent {
        switch action {
        case .kickOff(let location): try kickOff(location)
        case .poll(let location): try readManifest(location, isPoll: true)
        case .manifest(let location): try readManifest(location, isPoll: false)
        case .capabilities(let location): try readCapabilities(location)
        case .page(let location, let file): try readPage(location, into: file)
        case .deliver: .delivered(try deliver())
        case .release(let location): try release(location)
        case .download, .wait, .ended: .failed(PullFault(.refused, "a step that is none"))
        }
    }

    private func kickOff(_ location: WebLocation) throws -> PullEvent {
        let (response, body) = try server.fetch(
            .get, location, headers: ["Accept": "application/fhir+json", "Prefer": "respond-async"], wantsToken: true,
            bytesMax: 1 << 20, cancellation: end)
        guard response.status == .accepted else { throw server.fault(response, body) }
        let source = WebLocation(response.url) ?? location
        guard let text = response.headers["Content-Location"], let status = source.resolve(text) else {
            throw PullFault(.refused, "\(server.base.origin) takes the export on and does not say where to ask for it")
        }
        return .accepted(status)
    }

    private func readManifest(_ location: WebLocation, isPoll: Bool) throws -> PullEvent {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        let order = lock.withLock { record.state.order }
        for field in order.fileHeaders { headers[field.name] = field.value }
        let (response, body) = try server.fetch(
            .get, location, headers: headers, wantsToken: server.maySendToken(to: location),
            bytesMax: Manifest.bytesMax,
            cancellation: end)
        switch response.status.code {
        case 200: return .manifest(try Manifest(body, from: WebLocation(response.url) ?? location))
        case 202:
            return .running(
                ExportProgress(response.headers["X-Progress"]),
                retryAfter: RetryAfter.seconds(response.headers["Retry-After"], now: clock.now()))
        default: throw server.fault(response, body, isVerdict: isPoll)
        }
    }

    private func readCapabilities(_ location: WebLocation) throws -> PullEvent {
        let (response, body) = try server.fetch(
            .get, location, headers: ["Accept": "application/fhir+json"], wantsToken: true,
            bytesMax: SearchableTypes.bytesMax, cancellation: end)
        guard response.status == .ok else { throw server.fault(response, body) }
        let time = response.headers["Date"].flatMap(HTTPDate.parse)
        return .searchable(try SearchableTypes(body).types, serverTime: time)
    }

    private func readPage(_ location: WebLocation, into number: Int) throws -> PullEvent {
        let (response, body) = try server.fetch(
            .get, location, headers: ["Accept": "application/fhir+json"], wantsToken: true,
            bytesMax: SearchPage.bytesMax,
            cancellation: end)
        guard response.status == .ok else { throw server.fault(response, body) }
        let page = try SearchPage(body, from: WebLocation(response.url) ?? location)
        if let next = page.next, next == location {
            throw PullFault(.refused, "\(server.base.origin) leads a search in a circle")
        }
        let handle = try lock.withLock { try openedFile(number) }
        if !handle.isWhole {
            try handle.append(page.lines.bytes)
            if page.next == nil { try handle.finish() } else { try handle.sync() }
        }
        if handle.isWhole { lock.withLock { opened[number] = nil } }
        return .page(next: page.next, resources: page.resources, fileBytes: handle.byteCount)
    }

    private func release(_ location: WebLocation) throws -> PullEvent {
        _ = try server.fetch(
            .delete, location, headers: ["Accept": "application/fhir+json"],
            wantsToken: server.maySendToken(to: location), bytesMax: 1 << 20, cancellation: end)
        return .released
    }

    private func deliver() throws -> PullCounts {
        let record = lock.withLock { self.record }
        let files = record.state.files.filter { $0.state == .whole }
        var errors = 0
        for file in files where file.facts.content == .outcomes { errors += try countErrors(in: file) }
        let pulled = files.filter { $0.facts.content != .outcomes }.sorted { left, right in
            (left.facts.content.rawValue, left.number) < (right.facts.content.rawValue, right.number)
        }
        var counts = PullCounts()
        do {
            counts = try delivery.deliver(pulled.map { PulledFile($0, in: folder) }, of: record) { [self] in isLeaving }
        } catch {
            // What a delivery that was ended says of it is of no matter.
            if isLeaving { throw PullFault(.cancelled, "the pull was stopped") }
            throw error
        }
        if isLeaving { throw PullFault(.cancelled, "the pull was stopped") }
        counts.serverErrors = errors
        return counts
    }

    /// Counts the issues of errors in a file of OperationOutcomes; more than is read counts as one.
    private func countErrors(in file: PullFile) throws -> Int {
        guard file.received <= Self.outcomeBytesMax else { return 1 }
        let reader = try folder.reader(file.number)
        let text = ByteWriter(capacity: Int(file.received) + 1)
        while let piece = try reader.next() { text.write(piece) }
        var count = 0
        for line in text.copy().split(separator: UInt8(ascii: "\n")) {
            count += OutcomeIssue.read(Array(line)).count { $0.severity == "error" || $0.severity == "fatal" }
        }
        return count
    }

    /// Lets go of files that no entry has any more, under `lock`.
    private func forgetFiles() {
        let state = record.state
        guard !state.isOver else {
            opened = [:]
            return folder.removeAll(but: [])
        }
        guard state.phase != .searching else { return }
        let kept = Set(state.files.map(\.number) + state.superseded.map(\.number))
        opened = opened.filter { kept.contains($0.key) }
        folder.removeAll(but: kept)
    }
}
