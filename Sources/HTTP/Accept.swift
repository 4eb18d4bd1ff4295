/// What a client accepts: media ranges with weights.
/// - Source: RFC 9110 section 12.5.1.
package struct Accept: Sendable {
    /// One range; `weight` in thousandths, 0 means never.
    package struct Preference: Sendable {
        package var range: MediaType
        package var weight: Int
    }

    package private(set) var preferences: [Preference]

    /// Malformed members of the list are passed over; when nothing is left, everything is accepted.
    package init(_ text: String) {
        preferences = []
        var scanner = FieldScanner(text)
        while !scanner.isAtEnd {
            if var range = MediaType(&scanner) {
                var weight = 1000
                if let index = range.parameters.firstIndex(where: { $0.name == "q" }) {
                    weight = Self.thousandths(range.parameters[index].value)
                    range.parameters.removeSubrange(index...)
                }
                preferences.append(Preference(range: range, weight: weight))
            }
            scanner.skip(to: UInt8(ascii: ","))
            _ = scanner.take(UInt8(ascii: ","))
        }
        if preferences.isEmpty { preferences = [Preference(range: .any, weight: 1000)] }
    }

    /// The weight of `type` in thousandths: that of the most specific range that takes it in; 0 if none does.
    package func weight(of type: MediaType) -> Int {
        var best = (specificity: -1, weight: 0)
        for preference in preferences where preference.range.includes(type) {
            guard preference.range.parameters.allSatisfy({ type.parameters.contains($0) }) else { continue }
            let specificity =
                (preference.range.type == "*" ? 0 : 1) + (preference.range.subtype == "*" ? 0 : 1)
                + preference.range.parameters.count
            if specificity > best.specificity { best = (specificity, preference.weight) }
        }
        return best.weight
    }

    /// The type that the client likes best; of equals, the first offered. `nil` if it accepts none.
    package func preferred(among offers: [MediaType]) -> MediaType? {
        var best: (type: MediaType, weight: Int)?
        for offer in offers {
            let weight = weight(of: offer)
            if weight > best?.weight ?? 0 { best = (offer, weight) }
        }
        return best?.type
    }

    /// A weight such as `0.8`; what is malformed counts as 1.
    private static func thousandths(_ text: String) -> Int {
        guard let value = Double(text), value >= 0, value <= 1 else { return 1000 }
        return Int((value * 1000).rounded())
    }
}
