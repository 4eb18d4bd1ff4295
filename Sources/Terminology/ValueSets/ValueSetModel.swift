/// The definition of a value set. Nothing of it changes.
/// - Source: FHIR R4 ValueSet, https://hl7.org/fhir/R4/valueset.html
package final class ValueSetModel: Sendable {
    package let header: DefinitionHeader
    /// `false` if the definition keeps inactive codes out.
    package let includesInactive: Bool?
    let includes: [ValueSetPart]
    let excludes: [ValueSetPart]
    /// The parts of an expansion that came with the definition and is whole.
    let expanded: [ValueSetPart]?
    /// How much memory it takes, in bytes.
    package let byteCount: Int

    init(_ builder: ValueSetBuilder) {
        header = builder.header
        includesInactive = builder.includesInactive
        let texts = builder.texts.finish()
        includes = builder.includes.map { $0.part(texts) }
        excludes = builder.excludes.map { $0.part(texts) }
        expanded = builder.expanded.map { parts in parts.map { $0.part(texts) } }
        let parts = includes + excludes + (expanded ?? [])
        byteCount = texts.byteCount + parts.reduce(512) { $0 + 256 + ($1.listed?.byteCount ?? 0) }
    }

    package var url: String { header.url }
    package var version: String? { header.version }

    /// The value set of a code system's codes that are chosen by filters, or all of them.
    init(url: String, system: String, version: String?, filters: [ValueSetFilter]) {
        header = DefinitionHeader(url: url, version: nil, status: "active")
        includesInactive = nil
        includes = [ValueSetPart(system: system, version: version, filters: filters)]
        excludes = []
        expanded = nil
        byteCount = 512
    }
}
