internal import Base
package import FHIR
internal import JSONTape
internal import Terminology

/// The profiles of a source, made ready when first asked for, and kept. For several threads.
package final class ProfileLibrary: @unchecked Sendable {
    // Safe to share: what changes is only touched under the lock.
    private enum Entry {
        case profile(Profile)
        case unknown
        case unusable(String)
    }

    let definitions: Definitions
    private let source: any ProfileSource
    private let lock = Lock()
    private var entries: [String: Entry] = [:]
    /// How often everything was dropped: what was begun before the last time is not kept.
    private var generation = 0

    /// How many addresses are remembered.
    private static let entriesMax = 10_000
    /// How long a chain of profiles that build on one another may be.
    private static let chainMax = 32
    static let coreAddress = "http://hl7.org/fhir/StructureDefinition/"

    package init(_ definitions: Definitions, source: any ProfileSource) {
        self.definitions = definitions
        self.source = source
    }

    /// Drops what is kept, as after a StructureDefinition was written.
    package func forget() {
        lock.withLock {
            entries.removeAll(keepingCapacity: true)
            generation += 1
        }
    }

    /// The profile of an address, `url` or `url|version`; `nil` if there is none.
    /// - Throws: `ValidationError.badProfile` if it cannot be used, `.source`.
    func profile(_ address: String) throws(ValidationError) -> Profile? {
        try profile(address, chain: [])
    }

    private func profile(_ address: String, chain: [String]) throws(ValidationError) -> Profile? {
        let (known, generation) = lock.withLock { (entries[address], self.generation) }
        switch known {
        case .profile(let profile): return profile
        case .unknown: return nil
        case .unusable(let detail): throw ValidationError(code: .badProfile, detail: detail)
        case nil: break
        }
        do {
            let made = try make(address, chain: chain)
            keep(made.map { .profile($0) } ?? .unknown, for: address, generation)
            return made
        } catch {
            if error.code == .badProfile { keep(.unusable(error.detail), for: address, generation) }
            throw error
        }
    }

    private func keep(_ entry: Entry, for address: String, _ generation: Int) {
        lock.withLock {
            guard generation == self.generation else { return }
            if entries.count >= Self.entriesMax { entries.removeAll(keepingCapacity: true) }
            entries[address] = entry
        }
    }

    private func make(_ address: String, chain: [String]) throws(ValidationError) -> Profile? {
        guard chain.count < Self.chainMax, !chain.contains(address) else {
            throw ValidationError(code: .badProfile, detail: "\(address) builds on itself, or on too many others")
        }
        let bytes: [UInt8]?
        do {
            bytes = try source.structureDefinition(Canonical(address))
        } catch {
            throw ValidationError(code: .source, detail: "\(address) could not be read", cause: error)
        }
        guard let bytes else { return nil }
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes, names: definitions.names, depthMax: 128)
        } catch {
            throw ValidationError(code: .badProfile, detail: "\(address) is not JSON: \(error)")
        }
        return try document.withRoot { (root) throws(ValidationError) in
            let reader = ProfileReader(root, document, definitions)
            return try reader.read { (base) throws(ValidationError) in
                try self.profile(base, chain: chain + [address])
            }
        }
    }
}
