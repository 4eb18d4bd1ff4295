internal import Base
internal import HTTP
internal import Synchronization

/// Brings one file to the server: finds what is there of it, sends what is not, and has it checked as a whole.
///
/// The server is the memory: an upload is found again by the content's digest and size, from any machine, folder or day,
/// also while others push the same content.
package final class FilePush: Sendable {
    private let client: OnboardingClient
    private let file: PushFile
    private let options: PushOptions
    private let budget: RateBudget?
    private let progress: @Sendable (PushProgress) -> Void

    /// How often an upload that has gone is begun anew.
    private static let beginningsMax = 3
    private static let verifyPauseSeconds = 1.0
    /// What servers may take at least.
    private static let partBytesMin: UInt64 = 64 << 10

    package init(
        _ file: PushFile, client: OnboardingClient, options: PushOptions,
        progress: @escaping @Sendable (PushProgress) -> Void
    ) {
        self.file = file
        self.client = client
        self.options = options
        budget = options.bytesPerSecondMax.map { RateBudget(bytesPerSecond: $0) }
        self.progress = progress
    }

    /// Blocks until the server has the file and its ingest has been ordered.
    /// - Throws: `PushError`; what was sent by then stays with the server.
    package func run() throws(PushError) -> PushedFile {
        guard file.byteCount > 0 else { throw PushError(.file, "\(file.name) is empty") }
        let sha256 = Texts.hexadecimal(try digest())
        // Reading may have taken hours.
        client.noteSuccess()
        var partBytes = partBytes
        var sent = SentParts()
        for _ in 0..<Self.beginningsMax {
            let upload = try find(sha256, partBytes)
            let ending = try upload.isWhole ? .whole(upload) : send(upload, sha256, &sent)
            switch ending {
            case .whole(let upload):
                let done = try verified(upload)
                guard done.isWhole else { throw damaged(done) }
                return PushedFile(
                    file: file.name, byteCount: file.byteCount, sha256: sha256, upload: done.id, sentBytes: sent.bytes,
                    sentParts: sent.parts, presentParts: sent.present, ingest: done.ingest)
            case .gone: continue
            case .smallerParts(let most):
                client.cancel(upload.id)
                partBytes = most
            }
        }
        throw PushError(.refused, "the server lets go of every upload of \(file.name) before it is whole")
    }

    /// What was sent in this run.
    private struct SentParts {
        var bytes: UInt64 = 0
        var parts = 0
        var present = 0
    }

    /// How sending ended where nothing failed.
    private enum Ending {
        case whole(RemoteUpload)
        /// The upload is no more.
        case gone
        case smallerParts(UInt64)
    }

    private func digest() throws(PushError) -> [UInt8] {
        var done: UInt64 = 0
        return try file.digest(from: 0, count: file.byteCount) { count in
            done += count
            progress(.reading(file: file.name, bytes: done, of: file.byteCount))
            return !client.isCancelled
        }
    }

    /// As asked for, or larger where there would be too many.
    private var partBytes: UInt64 {
        let least = (file.byteCount + UInt64(PartRanges.partsMax) - 1) / UInt64(PartRanges.partsMax)
        return max(options.partBytes, least, Self.partBytesMin)
    }

    /// The upload of this content that is furthest, or a new one. Where several clients begin one at the same time, all
    /// go on with the oldest.
    private func find(_ sha256: String, _ partBytes: UInt64) throws(PushError) -> RemoteUpload {
        if let known = try existing(sha256) { return known }
        let begun = try client.begin(file, sha256: sha256, partSize: partBytes)
        guard let first = try existing(sha256), first.id != begun.id else { return begun }
        client.cancel(begun.id)
        return first
    }

    private func existing(_ sha256: String) throws(PushError) -> RemoteUpload? {
        let all = try client.uploads(sha256: sha256, size: file.byteCount)
        if let open = all.first(where: { $0.state == "open" && $0.partSize != nil }) { return open }
        // Its parts are not what they should be, and nobody knows which.
        for upload in all where upload.state == "failed" { client.cancel(upload.id) }
        guard !options.sendsAgain else { return nil }
        for upload in all.reversed() where upload.isWhole {
            // What failed on the server's side is worth another try.
            guard let id = upload.ingest, let ingest = try client.ingest(id) else { return upload }
            if ingest.state != "failed" && ingest.state != "cancelled" { return upload }
        }
        return nil
    }

    private func send(_ upload: RemoteUpload, _ sha256: String, _ sent: inout SentParts) throws(PushError) -> Ending {
        guard let partSize = upload.partSize, partSize > 0 else {
            throw PushError(.answer, "the server does not say how large parts are")
        }
        let count = Int((file.byteCount + partSize - 1) / partSize)
        var missing = try client.missing(upload.id)
        while true {
            if let last = missing.last, last.upperBound > count {
                throw PushError(.answer, "the server lacks parts that there are none of")
            }
            let lanes = PartLanes(client, file, upload, partSize: partSize, missing, options, budget, progress)
            let result = try lanes.run()
            sent.bytes += result.bytes
            sent.parts += result.parts
            sent.present = count - sent.parts
            switch result.ending {
            case .sent: break
            case .gone: return .gone
            case .whole: return .whole(try client.upload(upload.id))
            case .smallerParts(let most): return .smallerParts(most)
            }
            try file.checkUnchanged()
            switch try client.complete(upload.id) {
            case .accepted(let done): return .whole(done)
            case .missing(let ranges): missing = ranges
            case .gone: return .gone
            }
        }
    }

    /// Waits until the server has held the whole against its digest.
    private func verified(_ upload: RemoteUpload) throws(PushError) -> RemoteUpload {
        var upload = upload
        while upload.state == "verifying" {
            progress(.verifying(file: file.name))
            try client.wait(seconds: Self.verifyPauseSeconds)
            upload = try client.upload(upload.id)
        }
        return upload
    }

    private func damaged(_ upload: RemoteUpload) -> PushError {
        PushError(
            .refused, "the server finds that \(file.name) is not whole: \(upload.problem ?? upload.state)")
    }
}
