package import Terminology

/// Where StructureDefinitions come from: those that a tenant has stored, or files at hand.
package protocol ProfileSource: Sendable {
    /// The StructureDefinition resource of that address as JSON; without a version in the address the newest version
    /// there is. `nil` if there is none.
    func structureDefinition(_ canonical: Canonical) throws -> [UInt8]?
}
