/// Where definitions come from that are not part of the program: those that a tenant has stored.
package protocol TerminologySource: Sendable {
    /// A number that is another one whenever a stored CodeSystem or ValueSet was written or deleted. Asked before every
    /// answer, so it must be quick.
    func revision() throws -> UInt64

    /// The CodeSystem resource of that address as JSON; without a version in the address the newest version there is
    /// (see `Canonical.isOlder`). `nil` if there is none.
    func codeSystem(_ canonical: Canonical) throws -> [UInt8]?

    /// The ValueSet resource of that address as JSON, chosen likewise.
    func valueSet(_ canonical: Canonical) throws -> [UInt8]?
}
