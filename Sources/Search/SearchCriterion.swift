internal import Base

/// How a value is compared with a resource's, for numbers, dates and quantities.
/// - Source: FHIR R4 search, prefixes, https://hl7.org/fhir/R4/search.html#prefix
package enum SearchPrefix: String, Sendable, CaseIterable {
    case eq, ne, gt, lt, ge, le, sa, eb, ap
}

/// One value that a clause asks for.
package enum SearchCriterion: Sendable {
    case token(TokenCriterion)
    /// One of many codes.
    case codes(CodeSet)
    /// A text that a display or `CodeableConcept.text` begins with, normalised.
    case tokenText([UInt8])
    case identifierOfType(system: String, code: String, value: String)
    case string(StringCriterion)
    case date(DateCriterion)
    case number(NumberCriterion)
    case quantity(QuantityCriterion)
    case reference(ReferenceCriterion)
    /// One of many resources.
    case references(ReferenceTargets)
    case uri(String)
    case uriPattern(URIPattern)
    /// A criterion for each part.
    case composite([SearchCriterion])
    case near(NearCriterion)
    case words(WordExpression)
}

/// `system|code` in its four forms.
package struct TokenCriterion: Sendable, Hashable {
    package enum System: Sendable, Hashable {
        /// `code`: whatever system, or none.
        case any
        /// `|code`: no system.
        case none
        case named(String)
    }

    package var system: System
    /// `nil` for `system|`: whatever code.
    package var code: String?
}

package struct StringCriterion: Sendable {
    package enum Mode: Sendable {
        case startsWith, contains, exact
        /// The whole text, normalised; its end.
        case equals, endsWith
    }

    package var mode: Mode
    /// The text as the caller wrote it.
    package var text: String
    /// The text normalised.
    package var normalized: [UInt8]

    init(mode: Mode, text: String) {
        self.mode = mode
        self.text = text
        normalized = TextNormalizer.normalize(text)
    }
}

package struct DateCriterion: Sendable, Hashable {
    package var prefix: SearchPrefix
    /// What the value says; for `ap` widened by a tenth of its distance from now.
    package var range: DateRange

    /// The moments that satisfy it, for an element that is one moment: `_lastUpdated`.
    package var instantRanges: [DateRange] {
        let before = DateRange(low: .min, high: range.low == .min ? .min : range.low - 1)
        let after = DateRange(low: range.high == .max ? .max : range.high + 1, high: .max)
        switch prefix {
        case .eq, .ap: return [range]
        case .ne: return [before, after]
        case .gt, .sa: return [after]
        case .lt, .eb: return [before]
        case .ge: return [DateRange(low: range.low, high: .max)]
        case .le: return [DateRange(low: .min, high: range.high)]
        }
    }
}

package struct NumberCriterion: Sendable {
    package var prefix: SearchPrefix
    package var value: DecimalBound
    /// For `eq` and `ne` the numbers that round to the value, from `low` up to but without `high`; for `ap` those
    /// within a tenth of it, both ends in.
    package let low: DecimalBound
    package let high: DecimalBound

    init(prefix: SearchPrefix, value: DecimalBound) {
        self.prefix = prefix
        self.value = value
        (low, high) = prefix == .ap ? value.approximateRange : value.roundingRange
    }
}

package struct QuantityCriterion: Sendable {
    package var number: NumberCriterion
    /// `nil` where the query names none.
    package var system: String?
    /// A unit's code, or where no system is named its text; `nil` where the query names none.
    package var unit: String?
    /// Converts amounts into the unit, where that is one of UCUM's.
    let conversion: UnitConversion?

    init(number: NumberCriterion, system: String?, unit: String?) {
        self.number = number
        self.system = system
        self.unit = unit
        let isUCUM = system == "\(UnitScales.system)"
        conversion = isUCUM ? unit.flatMap(UnitConversion.init) : nil
    }
}

package struct ReferenceCriterion: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        /// An id with the types that it may be of; all of them if there are none.
        case id(String, types: [String], version: String?)
        /// A whole text: a URL of elsewhere, `urn:uuid:…`, a canonical URL with the version that must be there.
        case text(String, version: String?)
        /// `:identifier`.
        case identifier(TokenCriterion)
    }

    package var target: Target
}

/// What a URI must be like.
package struct URIPattern: Sendable, Hashable {
    package enum Mode: Sendable {
        /// It is the text or goes on behind it, with a path of its own: `:below`.
        case below
        case startsWith, contains, endsWith
    }

    package var mode: Mode
    package var text: String

    func matches(_ entry: IndexEntry) -> Bool {
        let uri = entry.second.bytes
        let wanted = text.utf8
        switch mode {
        case .below:
            guard uri.starts(with: wanted) else { return false }
            return wanted.last == UInt8(ascii: "/") || uri.count == wanted.count
                || uri[wanted.count] == UInt8(ascii: "/")
        case .startsWith: return uri.starts(with: wanted)
        case .contains: return Array(wanted).withUnsafeBytes { entry.second.contains($0) }
        case .endsWith: return uri.suffix(wanted.count).elementsEqual(wanted)
        }
    }
}

/// A point and how far from it a position may be.
package struct NearCriterion: Sendable, Hashable {
    /// In degrees.
    package var latitude: Double
    package var longitude: Double
    package var distanceMeters: Double
}
