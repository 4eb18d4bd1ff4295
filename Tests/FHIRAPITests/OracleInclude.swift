import Base

/// An `_include` or `_revinclude` as the oracle understands it.
struct OracleInclude {
    var isReverse: Bool
    /// `nil` for `*`.
    var source: String?
    /// `nil` for `*`.
    var code: String?
    var target: String?
    var iterates: Bool

    var parameter: String {
        let name = (isReverse ? "_revinclude" : "_include") + (iterates ? ":iterate" : "")
        guard let source else { return name + "=*" }
        return "\(name)=\(source):\(code ?? "*")" + (target.map { ":" + $0 } ?? "")
    }

    func names(around things: [Thing], _ world: OracleWorld) -> Set<String> {
        var names: Set<String> = []
        if isReverse {
            let wanted = Set(things.filter { target == nil || $0.type == target }.map(\.name))
            for other in world.things.values where source == nil || other.type == source {
                if !wanted.isDisjoint(with: links(of: other)) { names.insert(other.name) }
            }
        } else {
            for thing in things where source == nil || thing.type == source {
                names.formUnion(links(of: thing).filter { target == nil || $0.hasPrefix((target ?? "") + "/") })
            }
        }
        return names
    }

    private func links(of thing: Thing) -> Set<String> {
        Set((code.map { [$0] } ?? Array(thing.values.keys)).flatMap { thing.links($0) })
    }
}

extension OracleGenerator {
    /// One that may lead on from a type.
    mutating func include(_ type: String) -> OracleInclude {
        var include = OracleInclude(isReverse: chance(2), source: nil, code: nil, target: nil, iterates: chance(3))
        if chance(5) { return include }
        let types = include.iterates ? OracleWorld.types : [type]
        let sources = OracleWorld.types.flatMap { source in
            (Self.links[source] ?? []).filter { link in
                include.isReverse ? !Set(link.types).isDisjoint(with: types) : types.contains(source)
            }.map { (source, $0.code, $0.types) }
        }
        guard !sources.isEmpty else { return include }
        let (source, code, targets) = pick(sources)
        include.source = source
        include.code = chance(5) ? nil : code
        if chance(3) { include.target = pick(targets) }
        return include
    }
}
