internal import Base
internal import Jobs
internal import Synchronization

/// The parts that this process works on.
final class LiveParts: Sendable {
    private struct Key: Hashable {
        var ingest: IngestID
        var part: Int
    }

    private struct Entry {
        var run: IngestRun
        var context: JobContext
    }

    private let entries = Mutex<[Key: Entry]>([:])

    func add(_ run: IngestRun, _ ingest: IngestID, _ part: Int, _ context: JobContext) {
        entries.withLock { $0[Key(ingest: ingest, part: part)] = Entry(run: run, context: context) }
    }

    func remove(_ ingest: IngestID, _ part: Int) {
        entries.withLock { _ = $0.removeValue(forKey: Key(ingest: ingest, part: part)) }
    }

    var isEmpty: Bool { entries.withLock { $0.isEmpty } }

    /// Ends the runs of an ingest.
    func stop(_ ingest: IngestID) {
        for entry in entries.withLock({ $0.filter { $0.key.ingest == ingest }.map(\.value) }) { entry.run.stop() }
    }

    /// Ends the runs whose jobs are to end, and tells the queue how far the others are.
    func heed() {
        for entry in entries.withLock({ Array($0.values) }) {
            if entry.context.isCancelled || entry.context.isDraining {
                entry.run.stop()
            } else {
                let reading = entry.run.progress.reading
                entry.context.progress(done: reading.bytesDone, total: reading.bytesTotal)
            }
        }
    }

    /// How far the runs of an ingest are, together.
    func progress(_ ingest: IngestID) -> (bytes: UInt64, resources: Int, rejected: Int) {
        let runs = entries.withLock { $0.filter { $0.key.ingest == ingest }.map(\.value.run.progress) }
        return runs.reduce(into: (0, 0, 0)) { sum, progress in
            sum.0 += progress.reading.bytesDone
            sum.1 += progress.resources
            sum.2 += progress.rejected
        }
    }

    /// Ingests with parts that run.
    var ingests: Set<IngestID> { entries.withLock { Set($0.keys.map(\.ingest)) } }
}
