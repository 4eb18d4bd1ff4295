package import FHIR

/// What a query says about the answer rather than about what is searched.
/// - Source: FHIR R4 search, result parameters, https://hl7.org/fhir/R4/search.html#return
package struct ResultOptions: Sendable {
    package enum Total: String, Sendable, CaseIterable {
        case none, estimate, accurate
    }

    package enum Summary: String, Sendable, CaseIterable {
        case yes = "true"
        case no = "false"
        case text, data, count
    }

    /// `_include` or `_revinclude`.
    package struct Include: Sendable, Equatable {
        /// The type that has the reference; `nil` for `*`.
        package var source: TypeID?
        /// The code of the reference parameter, or `*`.
        package var parameter: String
        /// The type that must be pointed at, if one is named.
        package var target: TypeID?
        /// Whether what was included is followed again.
        package var iterates: Bool
    }

    /// One key of `_sort`.
    package struct SortRule: Sendable {
        package enum Key: Sendable {
            case id, lastUpdated
            case parameter(PlannedParameter)
        }

        package var key: Key
        package var isDescending: Bool
    }

    /// `_count`: results on a page.
    package var count: Int?
    package var sort: [SortRule] = []
    package var total: Total?
    package var summary: Summary?
    /// Names of elements; empty for all.
    package var elements: [String] = []
    package var includes: [Include] = []
    package var revincludes: [Include] = []
    /// `_at`: the state of the records at that moment, in microseconds since 1970; the last one if the text is a span.
    package var at: Int64?
    /// Whether the matches come newest first: without `_sort`, or where the time of the last change decides at once.
    package var isInOrderOfLog: Bool {
        guard let first = sort.first else { return true }
        if case .lastUpdated = first.key { return first.isDescending }
        return false
    }
    /// `_explain`: whether the answer tells how it was found.
    package var explains = false
}
