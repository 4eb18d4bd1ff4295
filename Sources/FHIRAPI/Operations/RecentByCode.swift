internal import JSONTape

/// Keeps the newest of each kind of thing. Things are of one kind if they share a code, of any system.
struct RecentByCode {
    struct Item: Sendable {
        var sequence: UInt64
        /// In microseconds since 1970.
        var moment: Int64
    }

    private let countMax: Int
    /// Newest first; empty where a group has become part of another.
    private var groups: [[Item]] = []
    /// The group that a group has become part of; itself if none.
    private var parents: [Int] = []
    private var groupOfKey: [String: Int] = [:]

    /// - Parameter countMax: how many of each kind are kept.
    init(countMax: Int) {
        self.countMax = countMax
    }

    /// What a CodeableConcept says by which it can be told to be the same as another.
    static func keys(_ concept: JSONValue?) -> [String] {
        guard let concept, concept.isObject else { return [""] }
        var keys: [String] = []
        if let list = concept.member("coding"), list.isArray {
            for coding in list.elements where coding.isObject {
                guard let code = coding.member("code")?.string else { continue }
                keys.append((coding.member("system")?.string ?? "") + "|" + code)
            }
        }
        if keys.isEmpty { keys = ["text " + (concept.member("text")?.string ?? "").lowercased()] }
        return keys
    }

    mutating func add(_ item: Item, keys: [String]) {
        var group: Int?
        for key in keys {
            guard let known = groupOfKey[key].map({ root($0) }) else { continue }
            if let first = group, first != known {
                merge(known, into: first)
            } else {
                group = known
            }
        }
        let place = group ?? groups.count
        if group == nil {
            groups.append([])
            parents.append(place)
        }
        for key in keys { groupOfKey[key] = place }
        insert(item, into: place)
    }

    private mutating func root(_ group: Int) -> Int {
        var group = group
        while parents[group] != group {
            parents[group] = parents[parents[group]]
            group = parents[group]
        }
        return group
    }

    private mutating func merge(_ group: Int, into other: Int) {
        parents[group] = other
        for item in groups[group] { insert(item, into: other) }
        groups[group] = []
    }

    private mutating func insert(_ item: Item, into group: Int) {
        let place = groups[group].firstIndex { Self.isNewer(item, $0) } ?? groups[group].count
        guard place < countMax else { return }
        groups[group].insert(item, at: place)
        if groups[group].count > countMax { groups[group].removeLast() }
    }

    private static func isNewer(_ left: Item, _ right: Item) -> Bool {
        left.moment == right.moment ? left.sequence > right.sequence : left.moment > right.moment
    }

    /// What was kept, kind by kind, that of the newest first.
    var newest: [Item] {
        groups.filter { !$0.isEmpty }.sorted { Self.isNewer($0[0], $1[0]) }.flatMap { $0 }
    }
}
