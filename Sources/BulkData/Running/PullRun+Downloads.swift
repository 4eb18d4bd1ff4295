internal import Base
internal import HTTP
internal import JSONTape
internal import WebClient

extension PullRun {
    /// Bytes that are asked for again when a download goes on, to be held against what is here.
    private static let overlapBytes = 4_096

    /// Downloads one file as far as it comes, and tells the state. On a thread of its own.
    func download(_ number: Int, _ cancellation: WebCancellation) {
        do {
            guard let file = lock.withLock({ record.state.file(numbered: number) }), file.isOpen else { return }
            defer {
                // The next attempt finds all that came.
                if let handle = lock.withLock({ opened[number] }) { try? handle.sync() }
            }
            try download(file, cancellation)
        } catch {
            let fault: PullFault =
                switch error {
                case let fault as PullFault: fault
                case let error as BulkDataError where error.code == .storage || error.code == .damaged:
                    // Room may be made, and what is damaged here can be had anew.
                    PullFault(error.code == .storage ? .transient : .changed, error.detail)
                case let error as BulkDataError: PullFault(.refused, error.detail)
                default: PullFault(.transient, "a file could not be kept")
                }
            lock.withLock {
                if fault.kind == .cancelled { return }
                var told = fault
                do {
                    if fault.kind == .changed { try opened[number]?.removeAll() }
                } catch {
                    // What came before must not be gone on with: it is of another file by now.
                    told = PullFault(.refused, "a file that changed could not be emptied")
                }
                take(.downloadFailed(file: number, told))
            }
        }
    }

    private func download(_ file: PullFile, _ cancellation: WebCancellation) throws {
        let handle = try lock.withLock { try openedFile(file.number) }
        let intake = DownloadIntake(handle, of: file, overlap: Self.overlapBytes)
        let (needsToken, order, limits) = lock.withLock {
            (record.state.requiresAccessToken, record.state.order, record.state.limits)
        }
        var headers: HTTPHeaders = ["Accept": "application/fhir+ndjson"]
        for field in order.fileHeaders { headers[field.name] = field.value }
        if file.state == .comparing { headers["If-None-Match"] = file.entityTag }
        let start = try intake.start()
        if start > 0 || handle.byteCount > 0, file.state == .waiting {
            headers["Range"] = "bytes=\(start)-"
            headers["If-Range"] = file.entityTag
        }
        var problem: [UInt8] = []
        let response = try server.send(
            .get, file.facts.location, headers: headers, wantsToken: needsToken,
            acceptsCompression: headers["Range"] == nil, bytesMax: limits.fileBytesMax, cancellation: cancellation
        ) { [self] response, piece in
            guard [200, 206].contains(response.status.code) else {
                if problem.count < 64 << 10 { problem.append(contentsOf: piece.prefix(64 << 10)) }
                return
            }
            if let began = try intake.take(response, piece) {
                lock.withLock { take(.began(file: file.number, total: began.total, entityTag: began.tag)) }
            }
            if intake.isTimeToTell {
                lock.withLock { take(.received(file: file.number, bytes: handle.byteCount)) }
                if lock.withLock({ record.state.isOver }) { throw PullFault(.cancelled, "the pull is over") }
            }
        }
        try finish(file, handle, intake, response, problem)
    }

    private func finish(
        _ file: PullFile, _ handle: SealedPullFile, _ intake: DownloadIntake, _ response: WebResponse,
        _ problem: [UInt8]
    ) throws {
        switch response.status.code {
        case 200, 206:
            if let began = try intake.take(response, UnsafeRawBufferPointer(start: nil, count: 0)) {
                lock.withLock { take(.began(file: file.number, total: began.total, entityTag: began.tag)) }
            }
            try intake.checkLength()
            try handle.finish()
            lock.withLock { take(.downloaded(file: file.number, bytes: handle.byteCount)) }
        case 304 where file.state == .comparing && handle.isWhole:
            lock.withLock { take(.unchanged(file: file.number)) }
        case 416 where handle.byteCount > 0:
            throw PullFault(.changed, "\(server.base.origin) has less of a file than came before")
        case 401, 403:
            // A signed link that has expired is refused; so is whoever may not have the file, which comes to light when
            // new links are refused, too.
            var fault = server.fault(response, problem)
            if fault.kind == .refused { fault.kind = .gone }
            throw fault
        default: throw server.fault(response, problem)
        }
    }
}

/// Takes a file's bytes in as they come, after what is here of it already.
final class DownloadIntake {
    private let handle: SealedPullFile
    private let file: PullFile
    private let overlap: Int
    /// The last bytes that are here, of which the answer must repeat what is left in it.
    private var expected: ArraySlice<UInt8> = []
    private var first: UInt64 = 0
    private var total: UInt64?
    private var hasBegun = false
    private var toldAt: UInt64 = 0

    private static let tellBytes: UInt64 = 1 << 20

    init(_ handle: SealedPullFile, of file: PullFile, overlap: Int) {
        self.handle = handle
        self.file = file
        self.overlap = overlap
        toldAt = handle.byteCount
    }

    /// Where the next bytes are to be asked for from.
    func start() throws -> UInt64 {
        guard file.state == .waiting, !handle.isWhole else { return 0 }
        expected = try handle.tail(overlap)[...]
        first = handle.byteCount - UInt64(expected.count)
        return first
    }

    var isTimeToTell: Bool {
        guard handle.byteCount >= toldAt + Self.tellBytes else { return false }
        toldAt = handle.byteCount
        return true
    }

    /// Takes a piece.
    /// - Returns: what is known of the whole, with the first piece.
    /// - Throws: `PullFault.changed` where it does not go on from what is here, `BulkDataError.storage`.
    func take(_ response: WebResponse, _ piece: UnsafeRawBufferPointer) throws -> (total: UInt64?, tag: String?)? {
        var began: (total: UInt64?, tag: String?)?
        if !hasBegun {
            hasBegun = true
            try begin(response)
            let tag = response.headers["ETag"].flatMap { $0.hasPrefix("\"") && $0.utf8.count <= 1_024 ? $0 : nil }
            began = (total, tag)
        }
        var rest = piece
        if !expected.isEmpty {
            let count = min(expected.count, rest.count)
            guard rest.prefix(count).elementsEqual(expected.prefix(count)) else {
                throw PullFault(.changed, "a file is not what it was when its download began")
            }
            expected = expected.dropFirst(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        if !rest.isEmpty { try handle.append(rest) }
        return began
    }

    private func begin(_ response: WebResponse) throws {
        if response.status == .partialContent {
            guard let range = response.range, range.first == first, handle.byteCount > 0 else {
                throw PullFault(.changed, "a server sends other bytes of a file than it was asked for")
            }
            total = range.byteCount
        } else {
            expected = []
            first = 0
            if handle.byteCount > 0 || handle.isWhole { try handle.removeAll() }
            total = response.headers["Content-Length"].flatMap { UInt64($0) }
        }
    }

    /// - Throws: `PullFault.transient` if bytes are missing, `.changed` if there are too many.
    func checkLength() throws {
        guard expected.isEmpty else { throw PullFault(.changed, "a file ends before what is here of it") }
        guard let total, total != handle.byteCount else { return }
        throw PullFault(
            total > handle.byteCount ? .transient : .changed, "a file has another length than its server said")
    }
}
