/// Resources that references may point at, for a clause that a join gave. Many: they are looked up, not compared.
package final class ReferenceTargets: Sendable {
    /// "Type/id" of each.
    package let names: Set<String>

    package init(_ names: Set<String>) {
        self.names = names
    }

    /// The type in one of the names.
    static func type(of name: String) -> Substring { name.prefix { $0 != "/" } }

    func matches(_ entry: IndexEntry) -> Bool {
        entry.isBare && names.contains(entry.third.text)
    }
}
