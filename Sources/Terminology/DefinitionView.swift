internal import JSONTape

/// The definitions at one revision of the source: what one question works with.
struct DefinitionView {
    let builtIn: BuiltInTerminology
    let source: (any TerminologySource)?
    let cache: DefinitionCache
    let revision: UInt64
    let limits: TerminologyLimits

    static func failed(_ error: any Error) -> TerminologyError {
        (error as? TerminologyError)
            ?? TerminologyError(.exception, "the stored definitions could not be read", cause: error)
    }

    /// That nothing is known of a code system's codes.
    static func unheld(_ system: String, version: String? = nil) -> TerminologyError {
        TerminologyError(
            .notSupported, "the codes of \(Canonical(url: system, version: version)) are not held here")
    }

    /// That only some of a code system's codes are known.
    static func incomplete(_ system: CodeSystemModel) -> TerminologyError {
        guard system.count > 0 else { return unheld(system.url) }
        return TerminologyError(
            .notSupported, "only some of the codes of \(system.url) are held here (content: \(system.content.rawValue))"
        )
    }

    func codeSystem(_ canonical: Canonical) throws(TerminologyError) -> CodeSystemModel? {
        guard let source else { return try builtIn.codeSystem(canonical) }
        switch cache[.codeSystem(canonical)] {
        case .codeSystem(let model): return model
        case .some: return try builtIn.codeSystem(canonical)
        case nil: break
        }
        let stored = try read(canonical) { try source.codeSystem($0) }
        guard let stored else {
            cache.keep(.none, for: .codeSystem(canonical), revision: revision)
            return try builtIn.codeSystem(canonical)
        }
        let model = try stored.withRoot { (root) throws(TerminologyError) in try CodeSystemModel(root) }
        cache.keep(.codeSystem(model), for: .codeSystem(canonical), revision: revision)
        return model
    }

    func valueSet(_ canonical: Canonical) throws(TerminologyError) -> ValueSetModel? {
        guard let source else { return try otherValueSet(canonical) }
        switch cache[.valueSet(canonical)] {
        case .valueSet(let model): return model
        case .some: return try otherValueSet(canonical)
        case nil: break
        }
        let stored = try read(canonical) { try source.valueSet($0) }
        guard let stored else {
            cache.keep(.none, for: .valueSet(canonical), revision: revision)
            return try otherValueSet(canonical)
        }
        let model = try stored.withRoot { (root) throws(TerminologyError) in try ValueSetModel(root) }
        cache.keep(.valueSet(model), for: .valueSet(canonical), revision: revision)
        return model
    }

    private func otherValueSet(_ canonical: Canonical) throws(TerminologyError) -> ValueSetModel? {
        if let model = try builtIn.valueSet(canonical) { return model }
        return ImplicitValueSet(canonical)?.model
    }

    private func read(
        _ canonical: Canonical, _ find: (Canonical) throws -> [UInt8]?
    ) throws(TerminologyError) -> JSONDocument? {
        do {
            guard let bytes = try find(canonical) else { return nil }
            guard bytes.count <= limits.definitionBytesMax else {
                throw TerminologyError(.tooCostly, "\(canonical) is larger than \(limits.definitionBytesMax) bytes")
            }
            return try JSONDocument(bytes, depthMax: 256)
        } catch let error as JSONError {
            throw TerminologyError(.invalid, "the definition of \(canonical) is not JSON", cause: error)
        } catch {
            throw Self.failed(error)
        }
    }

    /// The members of a value set, kept for later.
    /// - Parameter importers: the addresses of the value sets that led here, outermost first.
    func members(of canonical: Canonical, importers: [String] = []) throws(TerminologyError) -> ValueSetMembers {
        if case .members(let members)? = cache[.members(canonical)] { return members }
        guard let model = try valueSet(canonical) else {
            throw TerminologyError(.notFound, "the value set \(canonical) is not held here")
        }
        let members = try ValueSetCompiler(view: self, importers: importers).compile(model)
        cache.keep(.members(members), for: .members(canonical), revision: revision)
        return members
    }
}
