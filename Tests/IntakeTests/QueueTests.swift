import Base
import Foundation
import Synchronization
import Testing

import Intake

@Suite struct QueueTests {
    private func unit(_ ordinal: Int, bytes: Int = 1000) -> RawUnit {
        let storage = UnitBytes(capacity: bytes)
        let file = SourceFile(path: "f", ordinal: 0, rank: 0, member: nil)
        return RawUnit(
            ordinal: ordinal, file: file, shape: .document, bundle: nil, storage: storage, firstLine: 1, offset: 0,
            cuts: [])
    }

    @Test func `every unit is taken once, and the bound holds`() throws {
        let queue = UnitQueue(bytesMax: 5000)
        let taken = Mutex<[Int]>([])
        let most = Mutex(0)
        let workers = (0..<3).map { _ in
            WorkerThread(name: "test") {
                while let unit = try? queue.pop() {
                    taken.withLock { $0.append(unit.ordinal) }
                    most.withLock { $0 = max($0, queue.waitingBytes) }
                }
            }
        }
        for ordinal in 0..<2000 { #expect(queue.push(unit(ordinal))) }
        queue.finish()
        for worker in workers { worker.join() }
        #expect(taken.withLock { $0.sorted() } == Array(0..<2000))
        #expect(most.withLock { $0 } <= 5000)
        #expect(!queue.push(unit(1)))
    }

    @Test func `a unit larger than the bound passes alone`() throws {
        let queue = UnitQueue(bytesMax: 10)
        #expect(queue.push(unit(0, bytes: 5000)))
        #expect(try queue.pop()?.ordinal == 0)
    }

    @Test func `units before a failure are taken, then every taker gets it`() throws {
        let queue = UnitQueue()
        #expect(queue.push(unit(0)))
        queue.fail(IntakeError(.spool, "x"))
        #expect(try queue.pop()?.ordinal == 0)
        #expect(throws: IntakeError.self) { try queue.pop() }
        #expect(throws: IntakeError.self) { try queue.pop() }
    }

    @Test func `cancelling wakes a waiting reader and waiting workers`() throws {
        let queue = UnitQueue(bytesMax: 1)
        let result = Mutex<Bool?>(nil)
        #expect(queue.push(unit(0)))
        let reader = WorkerThread(name: "test") { [first = unit(1)] in
            let pushed = queue.push(first)
            result.withLock { $0 = pushed }
        }
        queue.cancel()
        reader.join()
        #expect(result.withLock { $0 } == false)
        #expect(try queue.pop() == nil)
        let empty = UnitQueue()
        let worker = WorkerThread(name: "test") { _ = try? empty.pop() }
        empty.cancel()
        worker.join()
    }

    @Test func `a cancelled walk ends, says so, and leaves no thread behind`() throws {
        let scratch = try Scratch()
        try scratch.write("a.ndjson", String(repeating: "{\"n\":1}\n", count: 100_000))
        let queue = UnitQueue(bytesMax: 1)
        var limits = IntakeLimits()
        limits.unitBytes = 1000
        let walker = SourceWalker(
            paths: [scratch.file("a.ndjson")], limits: limits, rejects: RejectsWriter(path: scratch.file("r")),
            makeSpool: { MemorySpool() })
        let code = Mutex<IntakeError.Code?>(nil)
        let reader = WorkerThread(name: "test") {
            do {
                _ = try walker.run(into: queue)
            } catch {
                code.withLock { $0 = (error as? IntakeError)?.code }
            }
        }
        _ = try queue.pop()
        queue.cancel()
        reader.join()
        #expect(code.withLock { $0 } == .cancelled)
    }
}
