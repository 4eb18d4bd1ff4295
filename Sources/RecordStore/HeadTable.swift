/// The heads of what no segment holds yet. Used under its owner's lock.
struct HeadTable {
    private var heads: [IdentityToken: Head] = [:]
    private(set) var count = 0

    subscript(token: IdentityToken) -> Head? { heads[token] }

    mutating func set(_ head: Head, for token: IdentityToken) {
        heads[token] = head
        count = heads.count
    }

    mutating func remove(_ token: IdentityToken) {
        heads[token] = nil
        count = heads.count
    }

    /// All heads by ascending token.
    func sorted() -> [(token: IdentityToken, head: Head)] {
        heads.map { ($0.key, $0.value) }.sorted { $0.token < $1.token }
    }

    /// Takes in the heads of a newer table.
    mutating func merge(_ newer: HeadTable) {
        heads.merge(newer.heads) { _, new in new }
        count = heads.count
    }
}
