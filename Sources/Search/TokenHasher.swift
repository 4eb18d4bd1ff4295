package import Base
package import FHIR

/// Makes the tokens by which a tenant's resources are found: 64 bits each of a pseudo-random function of the tenant's
/// index key over path, use and value. Equal values of a path have equal tokens; without the key a token says nothing
/// else.
///
/// Not thread-safe: one hasher a thread and tenant. `docs/record-store.md` gives the layout; a change of it needs a
/// new `schemeVersion` and new tokens for every resource.
package final class TokenHasher {
    /// The version of what is hashed.
    package static let schemeVersion = 2

    /// What a token tells; part of what is hashed.
    enum Use: UInt8 {
        case type = 1
        /// The path has a value; it has none.
        case presence, absence
        /// The code of a token.
        case code
        /// The one system that all codes of the path have; one of several systems; system and code where there are
        /// several.
        case soleSystem, system, systemAndCode
        /// The first scalars of a normalised string; a whole one; three scalars of it; that it has no tokens of three.
        case prefix, whole, trigram, withoutTrigrams
        /// A bucket that holds both ends of a span of time; its start; its end.
        case bothEnds, startEnd, highEnd
        /// A number's bucket; that there is a range of numbers.
        case number, numberRange
        case reference, referenceIdentifier, uri
        /// An amount's bucket in the base units of what it measures.
        case amount
    }

    let plans: SearchPlans
    private let key: SipKey
    var scales: UnitScales
    private var seeds: [[UInt64]]
    private var typeTokens: [UInt64]
    private var scratch: UnsafeMutableRawBufferPointer
    /// The round in which a path had entries.
    private var seen: UnsafeMutableBufferPointer<UInt32>
    private var round: UInt32 = 0

    package init(plans: SearchPlans, key: SipKey) {
        self.plans = plans
        self.key = key
        scales = UnitScales(key: key)
        seeds = Array(repeating: [], count: plans.definitions.types.count)
        typeTokens = Array(repeating: 0, count: plans.definitions.types.count)
        scratch = .allocate(byteCount: 1024, alignment: 8)
        seen = .allocate(capacity: 256)
    }

    deinit {
        scratch.deallocate()
        seen.deallocate()
    }

    /// Replaces what `tokens` holds by the tokens of a resource, sorted, each once.
    /// - Parameters:
    ///   - entries: what `SearchExtractor.extract` gave for the whole resource.
    ///   - type: the resource's type.
    ///   - tokens: where the tokens go.
    package func makeTokens(of entries: IndexEntryBuffer, type: TypeID, into tokens: TokenBuffer) {
        tokens.removeAll()
        tokens.append(typeToken(type))
        let plan = plans.plan(for: type)
        let seeds = seeds(of: plan)
        beginRound(pathCount: plan.paths.count)
        let all = entries.entries
        var start = 0
        while start < all.count {
            let path = all[start].path
            var end = start + 1
            while end < all.count, all[end].path == path, all[end].component == 0 { end += 1 }
            if all[start].component == 0 {
                let run = UnsafeBufferPointer(rebasing: all[start..<end])
                appendTokens(
                    of: run, kind: plan.paths[Int(path)].kind, tellsAbsence: plan.paths[Int(path)].tellsAbsence,
                    hasPairs: plan.paths[Int(path)].hasPairs, seed: seeds[Int(path)], to: tokens)
                seen[Int(path)] = round
            }
            start = end
        }
        for place in plan.paths.indices where plan.paths[place].tellsAbsence && seen[place] != round {
            tokens.append(token(.absence, seed: seeds[place]))
        }
        tokens.sortAndDeduplicate()
    }

    private func beginRound(pathCount: Int) {
        if seen.count < pathCount {
            seen.deallocate()
            seen = .allocate(capacity: pathCount * 2)
            round = .max
        }
        round &+= 1
        if round <= 1 {
            seen.initialize(repeating: 0)
            round = 1
        }
    }

    /// The token of every resource of a type.
    package func typeToken(_ type: TypeID) -> UInt64 {
        let known = typeTokens[Int(type.raw)]
        if known != 0 { return known }
        var name = plans.definitions[type].name
        let made = name.withUTF8 { token(.type, UnsafeRawBufferPointer($0), seed: 0) }
        typeTokens[Int(type.raw)] = made
        return made
    }

    /// What the paths of a plan are called under the key.
    func seeds(of plan: TypePlan) -> [UInt64] {
        let known = seeds[Int(plan.type.raw)]
        // Plans of a type differ at the end only: see `SearchPlans.init(extending:customs:)`.
        if known.count >= plan.paths.count { return known }
        let made = plan.paths.map { path in
            var identity = path.identity
            return identity.withUTF8 { SipHash.hash64(UnsafeRawBufferPointer($0), key: key) }
        }
        seeds[Int(plan.type.raw)] = made
        return made
    }

    // MARK: One token

    func token(_ use: Use, seed: UInt64) -> UInt64 {
        scratch.storeBytes(of: seed.littleEndian, as: UInt64.self)
        scratch[8] = use.rawValue
        return SipHash.hash64(UnsafeRawBufferPointer(rebasing: scratch[0..<9]), key: key)
    }

    func token(_ use: Use, word: UInt64, seed: UInt64) -> UInt64 {
        scratch.storeBytes(of: seed.littleEndian, as: UInt64.self)
        scratch.storeBytes(of: word.littleEndian, toByteOffset: 8, as: UInt64.self)
        scratch[16] = use.rawValue
        return SipHash.hash64(UnsafeRawBufferPointer(rebasing: scratch[0..<17]), key: key)
    }

    func token(_ use: Use, _ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        reserve(bytes.count + 9)
        scratch.storeBytes(of: seed.littleEndian, as: UInt64.self)
        scratch[8] = use.rawValue
        UnsafeMutableRawBufferPointer(rebasing: scratch[9..<9 + bytes.count]).copyMemory(from: bytes)
        return SipHash.hash64(UnsafeRawBufferPointer(rebasing: scratch[0..<9 + bytes.count]), key: key)
    }

    /// The token of a system and a code; the length of the first keeps the two apart.
    func token(
        _ use: Use, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, seed: UInt64
    ) -> UInt64 {
        let end = 17 + first.count + second.count
        reserve(end)
        scratch.storeBytes(of: seed.littleEndian, as: UInt64.self)
        scratch.storeBytes(of: UInt64(first.count).littleEndian, toByteOffset: 8, as: UInt64.self)
        scratch[16] = use.rawValue
        UnsafeMutableRawBufferPointer(rebasing: scratch[17..<17 + first.count]).copyMemory(from: first)
        UnsafeMutableRawBufferPointer(rebasing: scratch[17 + first.count..<end]).copyMemory(from: second)
        return SipHash.hash64(UnsafeRawBufferPointer(rebasing: scratch[0..<end]), key: key)
    }

    func token(_ use: Use, _ text: String, seed: UInt64) -> UInt64 {
        var text = text
        return text.withUTF8 { token(use, UnsafeRawBufferPointer($0), seed: seed) }
    }

    func token(_ use: Use, _ first: String, _ second: String, seed: UInt64) -> UInt64 {
        var (first, second) = (first, second)
        return first.withUTF8 { left in
            second.withUTF8 { right in
                token(use, UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right), seed: seed)
            }
        }
    }

    private func reserve(_ count: Int) {
        guard scratch.count < count else { return }
        scratch.deallocate()
        scratch = .allocate(byteCount: count * 2, alignment: 8)
    }
}
