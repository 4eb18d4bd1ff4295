/// One entry of the inverted index: a token and the entry of the log that holds it.
struct Posting {
    var token: UInt64
    /// Counted from the first sequence number of the run or segment that the posting lies in.
    var offset: UInt32
}

/// An entry of the log that was replaced, and by which.
struct Successor {
    var replaced: UInt64
    var replacement: UInt64
}

/// The newest version of a resource.
struct Head {
    var sequence: UInt64
    /// The keyed hash of the content: equal means that the resource is the same.
    var contentHash: UInt64
    var isDeleted: Bool
}

enum PostingSort {
    /// Sorts by token; postings of one token keep their order.
    ///
    /// Tokens are evenly spread, so that three counting passes over the upper 24 bits leave next to nothing to do.
    static func sort(_ postings: inout [Posting]) {
        guard postings.count > 64 else {
            insertionSort(&postings)
            return
        }
        var scratch = [Posting](repeating: Posting(token: 0, offset: 0), count: postings.count)
        for shift in [UInt64(40), 48, 56] {
            countingPass(from: postings, to: &scratch, shift: shift)
            swap(&postings, &scratch)
        }
        insertionSort(&postings)
    }

    private static func countingPass(from source: [Posting], to target: inout [Posting], shift: UInt64) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { places in
            places.initialize(repeating: 0)
            source.withUnsafeBufferPointer { source in
                target.withUnsafeMutableBufferPointer { target in
                    for posting in source { places[Int((posting.token >> shift) & 255)] += 1 }
                    var sum = 0
                    for bucket in 0..<256 {
                        let size = places[bucket]
                        places[bucket] = sum
                        sum += size
                    }
                    for posting in source {
                        let bucket = Int((posting.token >> shift) & 255)
                        target[places[bucket]] = posting
                        places[bucket] += 1
                    }
                }
            }
        }
    }

    private static func insertionSort(_ postings: inout [Posting]) {
        postings.withUnsafeMutableBufferPointer { postings in
            guard postings.count > 1 else { return }
            for index in 1..<postings.count {
                let moved = postings[index]
                var place = index
                while place > 0, postings[place - 1].token > moved.token {
                    postings[place] = postings[place - 1]
                    place -= 1
                }
                postings[place] = moved
            }
        }
    }
}
