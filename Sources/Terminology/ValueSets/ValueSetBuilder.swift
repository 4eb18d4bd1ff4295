/// Gathers a value set that is being read. A listed concept's designations are added right after it.
struct ValueSetBuilder {
    struct Part {
        var system = ""
        var version: String?
        var records: [ListedConcepts.Record] = []
        var designations: [DesignationRecord] = []
        var filters: [ValueSetFilter] = []
        var valueSets: [String] = []

        func part(_ texts: TextStore) -> ValueSetPart {
            let listed = ListedConcepts(records: records, designations: designations, texts: texts)
            return ValueSetPart(
                system: system, version: version, listed: records.isEmpty ? nil : listed, filters: filters,
                valueSets: valueSets)
        }
    }

    var header: DefinitionHeader
    var includesInactive: Bool?
    var texts: TextCollector
    private(set) var includes: [Part] = []
    private(set) var excludes: [Part] = []
    private(set) var expanded: [Part]?

    init(header: DefinitionHeader, permanent: UnsafeRawBufferPointer? = nil) {
        self.header = header
        texts = TextCollector(permanent: permanent)
    }

    mutating func add(_ part: Part, isExclude: Bool) {
        if isExclude { excludes.append(part) } else { includes.append(part) }
    }

    mutating func setExpanded(_ parts: [Part]) {
        expanded = parts
    }
}
