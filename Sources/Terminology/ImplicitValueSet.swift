/// A value set that needs no definition: its address says what is in it.
/// - Source: https://hl7.org/fhir/R4/snomedct.html#implicit and https://hl7.org/fhir/R4/loinc.html#implicit
struct ImplicitValueSet {
    let model: ValueSetModel

    /// - Returns: `nil` if the address is none of such a value set.
    init?(_ canonical: Canonical) {
        let url = canonical.url
        if url == "http://loinc.org/vs" || url == "http://unitsofmeasure.org/vs" {
            model = ValueSetModel(
                url: url, system: String(url.dropLast(3)), version: canonical.version, filters: [])
        } else if url.hasPrefix("http://loinc.org/vs/") {
            let id = String(url.dropFirst("http://loinc.org/vs/".utf8.count))
            guard !id.isEmpty else { return nil }
            // A part's value set is what lies below it; an answer list's is not told by the codes.
            let filter =
                id.hasPrefix("LP")
                ? ValueSetFilter(property: "concept", operation: "is-a", value: id)
                : ValueSetFilter(property: "answer-list", operation: "=", value: id)
            model = ValueSetModel(
                url: url, system: "http://loinc.org", version: canonical.version, filters: [filter])
        } else if let mark = url.firstIndex(of: "?"), url[mark...].hasPrefix("?fhir_vs") {
            guard let filters = Self.filters(url[mark...].dropFirst(8)) else { return nil }
            let (system, version) = Self.edition(String(url[..<mark]))
            model = ValueSetModel(url: url, system: system, version: version ?? canonical.version, filters: filters)
        } else {
            return nil
        }
    }

    /// What stands behind `?fhir_vs`: nothing for all codes, `=isa/[code]`, or what is only known to SNOMED CT.
    private static func filters(_ text: Substring) -> [ValueSetFilter]? {
        if text.isEmpty { return [] }
        guard text.hasPrefix("=") else { return nil }
        let rule = text.dropFirst()
        if rule.hasPrefix("isa/"), rule.count > 4 {
            return [ValueSetFilter(property: "concept", operation: "is-a", value: String(rule.dropFirst(4)))]
        }
        if rule.hasPrefix("refset/"), rule.count > 7 {
            return [ValueSetFilter(property: "reference-set", operation: "in", value: String(rule.dropFirst(7)))]
        }
        if rule == "refset" { return [ValueSetFilter(property: "reference-set", operation: "exists", value: "true")] }
        if rule.hasPrefix("ecl/"), rule.count > 4 {
            return [ValueSetFilter(property: "constraint", operation: "=", value: String(rule.dropFirst(4)))]
        }
        return nil
    }

    /// The system and version of an address; an edition of SNOMED CT is a version of `http://snomed.info/sct`.
    private static func edition(_ url: String) -> (system: String, version: String?) {
        let root = "http://snomed.info/sct"
        return url.hasPrefix(root + "/") ? (root, url) : (url, nil)
    }
}
