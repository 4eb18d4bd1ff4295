package import Vault

/// Where the nodes of a tree lie in a list that only grows: each leaf, and behind it every node that it completes.
/// - Source: RFC 6962 section 2.1 for the tree.
package enum TreePosition {
    /// How many hashes stand in the list for a tree of `size` leaves.
    package static func count(size: UInt64) -> UInt64 {
        2 * size - UInt64(size.nonzeroBitCount)
    }

    /// Where the node stands that covers the leaves from `index << level` to before `(index + 1) << level`.
    package static func node(level: Int, index: UInt64) -> UInt64 {
        let last = ((index + 1) << UInt64(level)) - 1
        return count(size: last) + UInt64(level)
    }
}

/// The right edge of a tree: all that is needed to let it grow.
package struct MerkleFrontier: Sendable {
    /// Leaves so far.
    package private(set) var size: UInt64 = 0
    /// The roots of the full subtrees that the tree is made of, the largest first.
    private var peaks: [TreeHash] = []

    package init() {}

    /// The edge of a tree whose hashes are known.
    package init(size: UInt64, read: (UInt64) throws(AuditError) -> TreeHash) throws(AuditError) {
        self.size = size
        var start: UInt64 = 0
        for level in stride(from: 63, through: 0, by: -1) where size & (1 << UInt64(level)) != 0 {
            peaks.append(try read(TreePosition.node(level: level, index: start >> UInt64(level))))
            start += 1 << UInt64(level)
        }
    }

    /// Adds a leaf; hands out its hash and those of the nodes that it completes, in the order of `TreePosition`.
    package mutating func append(
        _ leaf: TreeHash, _ hasher: SHA256Hasher, emit: (TreeHash) -> Void
    ) throws(VaultError) {
        emit(leaf)
        var node = leaf
        var rest = size
        while rest & 1 == 1, let left = peaks.popLast() {
            node = try TreeHash.node(left, node, hasher)
            emit(node)
            rest >>= 1
        }
        peaks.append(node)
        size += 1
    }

    /// The root of the tree.
    package func root(_ hasher: SHA256Hasher) throws(VaultError) -> TreeHash {
        guard var root = peaks.last else { return try TreeHash.empty() }
        for peak in peaks.dropLast().reversed() { root = try TreeHash.node(peak, root, hasher) }
        return root
    }
}

/// Proofs about a tree, from its hashes, and their checks.
/// - Source: RFC 6962 section 2.1; RFC 9162 section 2.1 for the checks.
package enum MerkleProof {
    /// Gives the hash at a place of the file of hashes.
    package typealias Read = (UInt64) throws(AuditError) -> TreeHash

    /// No path is longer.
    package static let pathCountMax = 128

    /// The audit path of a leaf in the tree of the first `size` leaves.
    package static func inclusion(
        of leaf: UInt64, size: UInt64, _ hasher: SHA256Hasher, read: Read
    ) throws(AuditError) -> [TreeHash] {
        guard leaf < size else { throw AuditError(.missing, "the tree has no such leaf") }
        var path: [TreeHash] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + split(UInt64(range.count))
            if leaf < middle {
                path.append(try root(of: middle..<range.upperBound, hasher, read))
                range = range.lowerBound..<middle
            } else {
                path.append(try root(of: range.lowerBound..<middle, hasher, read))
                range = middle..<range.upperBound
            }
        }
        return path.reversed()
    }

    /// Whether a path leads from a leaf to the root.
    package static func verifiesInclusion(
        of leaf: TreeHash, at index: UInt64, size: UInt64, path: [TreeHash], root: TreeHash, _ hasher: SHA256Hasher
    ) throws(VaultError) -> Bool {
        guard index < size, path.count <= pathCountMax else { return false }
        var position = index
        var last = size - 1
        var hash = leaf
        for step in path {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                hash = try TreeHash.node(step, hash, hasher)
                while position & 1 == 0 && position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                hash = try TreeHash.node(hash, step, hasher)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// The proof that the tree of the first `old` leaves is the beginning of that of the first `new`.
    package static func consistency(
        from old: UInt64, to new: UInt64, _ hasher: SHA256Hasher, read: Read
    ) throws(AuditError) -> [TreeHash] {
        guard old <= new else { throw AuditError(.missing, "a tree does not shrink") }
        guard old > 0, old < new else { return [] }
        var path: [TreeHash] = []
        var range = 0..<new
        var isWholeOld = true
        while range.upperBound != old {
            let middle = range.lowerBound + split(UInt64(range.count))
            if old <= middle {
                path.append(try root(of: middle..<range.upperBound, hasher, read))
                range = range.lowerBound..<middle
            } else {
                path.append(try root(of: range.lowerBound..<middle, hasher, read))
                range = middle..<range.upperBound
                isWholeOld = false
            }
        }
        if !isWholeOld { path.append(try root(of: range, hasher, read)) }
        return path.reversed()
    }

    /// Whether a proof shows that one tree is the beginning of another.
    package static func verifiesConsistency(
        from old: UInt64, oldRoot: TreeHash, to new: UInt64, newRoot: TreeHash, path: [TreeHash],
        _ hasher: SHA256Hasher
    ) throws(VaultError) -> Bool {
        guard old <= new, path.count <= pathCountMax else { return false }
        if old == new { return path.isEmpty && oldRoot == newRoot }
        if old == 0 {
            let empty = try TreeHash.empty()
            return path.isEmpty && oldRoot == empty
        }
        var steps = path[...]
        if old.nonzeroBitCount == 1 { steps = ([oldRoot] + path)[...] }
        guard var first = steps.popFirst() else { return false }
        var second = first
        var position = old - 1
        var last = new - 1
        while position & 1 == 1 {
            position >>= 1
            last >>= 1
        }
        for step in steps {
            guard last > 0 else { return false }
            if position & 1 == 1 || position == last {
                first = try TreeHash.node(step, first, hasher)
                second = try TreeHash.node(step, second, hasher)
                while position & 1 == 0 && position != 0 {
                    position >>= 1
                    last >>= 1
                }
            } else {
                second = try TreeHash.node(second, step, hasher)
            }
            position >>= 1
            last >>= 1
        }
        return last == 0 && first == oldRoot && second == newRoot
    }

    /// The root over a range whose start is a multiple of its full left side.
    private static func root(
        of range: Range<UInt64>, _ hasher: SHA256Hasher, _ read: Read
    ) throws(AuditError) -> TreeHash {
        var pieces: [TreeHash] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var level = 63 - (range.upperBound - start).leadingZeroBitCount
            if start > 0 { level = min(level, start.trailingZeroBitCount) }
            pieces.append(try read(TreePosition.node(level: level, index: start >> UInt64(level))))
            start += 1 << UInt64(level)
        }
        guard var root = pieces.popLast() else { throw AuditError(.missing, "an empty range has no root") }
        do {
            while let left = pieces.popLast() { root = try TreeHash.node(left, root, hasher) }
        } catch {
            throw AuditError(.keys, "hashing failed", cause: error)
        }
        return root
    }

    /// The largest power of two below `count`.
    private static func split(_ count: UInt64) -> UInt64 {
        1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }
}
