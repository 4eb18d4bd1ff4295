/// Which concepts stand under which: the tree of a code system and what properties add to it. A concept may have
/// several parents, and hostile definitions may have circles.
struct ConceptHierarchy: Sendable {
    private let parentStarts: [UInt32]
    private let parentList: [UInt32]
    private let childStarts: [UInt32]
    private let childList: [UInt32]

    /// - Parameters:
    ///   - count: how many concepts there are.
    ///   - edges: child and parent; may repeat.
    init(count: Int, edges: [(child: UInt32, parent: UInt32)]) {
        let edges = Self.unique(edges)
        (parentStarts, parentList) = Self.lists(count, edges.map { ($0.child, $0.parent) })
        (childStarts, childList) = Self.lists(count, edges.map { ($0.parent, $0.child) })
    }

    private static func unique(_ edges: [(child: UInt32, parent: UInt32)]) -> [(child: UInt32, parent: UInt32)] {
        var seen = Set<UInt64>()
        seen.reserveCapacity(edges.count)
        return edges.filter { edge in
            edge.child != edge.parent && seen.insert(UInt64(edge.child) << 32 | UInt64(edge.parent)).inserted
        }
    }

    /// For each first number the second ones, in the order given.
    private static func lists(_ count: Int, _ pairs: [(UInt32, UInt32)]) -> (starts: [UInt32], list: [UInt32]) {
        var starts = [UInt32](repeating: 0, count: count + 1)
        for pair in pairs { starts[Int(pair.0) + 1] += 1 }
        for place in 0..<count { starts[place + 1] += starts[place] }
        var next = starts
        var list = [UInt32](repeating: 0, count: pairs.count)
        for pair in pairs {
            list[Int(next[Int(pair.0)])] = pair.1
            next[Int(pair.0)] += 1
        }
        return (starts, list)
    }

    /// How much memory it takes, in bytes.
    var byteCount: Int { (parentStarts.count + parentList.count + childStarts.count + childList.count) * 4 }

    func parents(of number: Int) -> ArraySlice<UInt32> {
        parentList[Int(parentStarts[number])..<Int(parentStarts[number + 1])]
    }

    func children(of number: Int) -> ArraySlice<UInt32> {
        childList[Int(childStarts[number])..<Int(childStarts[number + 1])]
    }

    /// All that stand under the concepts given, those themselves included.
    func closure(below starts: [Int]) -> ConceptSet {
        closure(starts) { children(of: $0) }
    }

    /// All above the concepts given, those themselves included.
    func closure(above starts: [Int]) -> ConceptSet {
        closure(starts) { parents(of: $0) }
    }

    private func closure(_ starts: [Int], _ next: (Int) -> ArraySlice<UInt32>) -> ConceptSet {
        var found = ConceptSet(capacity: parentStarts.count - 1)
        var waiting: [Int] = []
        for start in starts where found.insert(start) { waiting.append(start) }
        while let number = waiting.popLast() {
            for other in next(number) where found.insert(Int(other)) { waiting.append(Int(other)) }
        }
        return found
    }
}
