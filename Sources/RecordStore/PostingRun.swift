/// The index of some consecutive entries of the log, in memory: what one or several commits added.
final class PostingRun: Sendable {
    /// The first sequence number that the run covers.
    let firstSequence: UInt64
    /// The last sequence number that the run covers.
    let lastSequence: UInt64
    /// Sorted by token, then offset.
    let postings: [Posting]
    /// Sorted by what was replaced.
    let successors: [Successor]

    init(firstSequence: UInt64, lastSequence: UInt64, postings: [Posting], successors: [Successor]) {
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.postings = postings
        self.successors = successors
    }

    /// Joins runs that follow one another; `runs` must not be empty.
    convenience init(joining runs: ArraySlice<PostingRun>) {
        self.init(
            firstSequence: runs.first?.firstSequence ?? 0, lastSequence: runs.last?.lastSequence ?? 0,
            postings: Self.joined(runs),
            successors: runs.flatMap(\.successors).sorted { $0.replaced < $1.replaced })
    }

    private static func joined(_ runs: ArraySlice<PostingRun>) -> [Posting] {
        guard let first = runs.first else { return [] }
        guard runs.count > 1 else { return first.postings }
        let middle = runs.startIndex + runs.count / 2
        let shift = UInt32(runs[middle].firstSequence - first.firstSequence)
        return merge(joined(runs[..<middle]), joined(runs[middle...]), shift: shift)
    }

    /// Merges two sorted lists; for equal tokens the left one's postings come first.
    private static func merge(_ left: [Posting], _ right: [Posting], shift: UInt32) -> [Posting] {
        [Posting](unsafeUninitializedCapacity: left.count + right.count) { target, count in
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { right in
                    var i = 0
                    var j = 0
                    while i < left.count && j < right.count {
                        if left[i].token <= right[j].token {
                            target[count] = left[i]
                            i += 1
                        } else {
                            target[count] = Posting(token: right[j].token, offset: right[j].offset + shift)
                            j += 1
                        }
                        count += 1
                    }
                    while i < left.count {
                        target[count] = left[i]
                        i += 1
                        count += 1
                    }
                    while j < right.count {
                        target[count] = Posting(token: right[j].token, offset: right[j].offset + shift)
                        j += 1
                        count += 1
                    }
                }
            }
        }
    }

    /// The place of the first posting whose token is not below `token`.
    func lowerBound(_ token: UInt64) -> Int {
        var low = 0
        var high = postings.count
        while low < high {
            let middle = (low + high) / 2
            if postings[middle].token < token { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What replaced an entry, if this run knows.
    func successor(of sequence: UInt64) -> UInt64? {
        var low = 0
        var high = successors.count
        while low < high {
            let middle = (low + high) / 2
            if successors[middle].replaced < sequence { low = middle + 1 } else { high = middle }
        }
        guard low < successors.count, successors[low].replaced == sequence else { return nil }
        return successors[low].replacement
    }
}
