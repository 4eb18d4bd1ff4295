/// Puts the codes that a value set chooses from a code system's tree below one another again: each below the nearest
/// concept above it that is there too. Listed codes stand by themselves, as their author listed them.
struct ExpansionTree {
    private struct Place: Hashable {
        var system: ObjectIdentifier
        var number: Int
    }

    private let members: [ValueSetMember]
    private var roots: [Int] = []
    private var children: [Int: [Int]] = [:]

    init(_ members: [ValueSetMember]) {
        self.members = members
        var places: [Place: Int] = [:]
        for (position, member) in members.enumerated() {
            if let place = Self.place(of: member) { places[place] = position }
        }
        for (position, member) in members.enumerated() {
            if let above = Self.above(member, in: places) {
                children[above, default: []].append(position)
            } else {
                roots.append(position)
            }
        }
    }

    private static func place(of member: ValueSetMember) -> Place? {
        guard member.listed == nil, let concept = member.concept else { return nil }
        return Place(system: ObjectIdentifier(concept.system), number: concept.number)
    }

    /// The nearest member in whose concept this one's is nested; as deep as the JSON was.
    private static func above(_ member: ValueSetMember, in places: [Place: Int]) -> Int? {
        guard member.listed == nil, let concept = member.concept else { return nil }
        let concepts = concept.system.concepts
        var parent = Int(concepts[concept.number].treeParent)
        while parent >= 0 {
            if let found = places[Place(system: ObjectIdentifier(concept.system), number: parent)] { return found }
            parent = Int(concepts[parent].treeParent)
        }
        return nil
    }

    /// The tree's entries, each made by `make`.
    func entries(_ make: (ValueSetMember) -> ExpansionResult.Entry) -> [ExpansionResult.Entry] {
        roots.map { entry($0, make) }
    }

    private func entry(
        _ position: Int, _ make: (ValueSetMember) -> ExpansionResult.Entry
    ) -> ExpansionResult.Entry {
        var entry = make(members[position])
        entry.contains = (children[position] ?? []).map { self.entry($0, make) }
        return entry
    }
}
