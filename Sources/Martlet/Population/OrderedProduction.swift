internal import Base

/// Makes numbered pieces on several threads and hands them out in the order of their numbers.
///
/// At most a few pieces a thread are in memory; their buffers are used again.
final class OrderedProduction: @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`, and a piece by one thread at a time.
    /// A piece, from `next` until `recycle`.
    struct Piece {
        let number: Int
        /// What the maker counted: resources.
        let count: Int
        let bytes: ByteWriter
    }

    private let lock = Lock()
    private let total: Int
    private let windowMax: Int
    private var nextToMake = 0
    private var nextToTake = 0
    private var made: [Int: Piece] = [:]
    private var spare: [ByteWriter] = []
    private var isCancelled = false
    private var threads: [WorkerThread] = []

    /// Begins to make the pieces 0 to `total` - 1.
    /// - Parameter make: writes one piece into an empty buffer and returns what it counted; called on many threads.
    init(total: Int, threadCount: Int, make: @escaping @Sendable (Int, ByteWriter) -> Int) {
        self.total = total
        windowMax = threadCount * 4
        threads = (0..<min(threadCount, total)).map { _ in
            WorkerThread(name: "synth") { [self] in
                while let (number, buffer) = begin() {
                    let count = make(number, buffer)
                    end(Piece(number: number, count: count, bytes: buffer))
                }
            }
        }
    }

    /// The next piece in order, once it is made; `nil` behind the last one.
    func next() -> Piece? {
        lock.withLock {
            while true {
                if isCancelled || nextToTake == total { return nil }
                if let piece = made.removeValue(forKey: nextToTake) {
                    nextToTake += 1
                    lock.signalAll()
                    return piece
                }
                lock.wait()
            }
        }
    }

    /// Gives a piece's buffer back.
    func recycle(_ piece: Piece) {
        piece.bytes.removeAll()
        lock.withLock { spare.append(piece.bytes) }
    }

    /// Ends the threads, whether or not all pieces were taken.
    func stop() {
        lock.withLock {
            isCancelled = true
            lock.signalAll()
        }
        for thread in threads { thread.join() }
    }

    private func begin() -> (Int, ByteWriter)? {
        lock.withLock {
            while !isCancelled, nextToMake < total, nextToMake - nextToTake >= windowMax { lock.wait() }
            guard !isCancelled, nextToMake < total else { return nil }
            defer { nextToMake += 1 }
            return (nextToMake, spare.popLast() ?? ByteWriter(capacity: 2 << 20))
        }
    }

    private func end(_ piece: Piece) {
        lock.withLock {
            made[piece.number] = piece
            lock.signalAll()
        }
    }
}
