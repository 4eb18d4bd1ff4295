internal import Access
internal import FHIR
internal import RecordStore
internal import Search

/// Tells which resources are about care in a span of time: those that have a date there, by any of their type's search
/// parameters for dates, and those that have none. Persons belong to every time.
struct CareDates {
    let store: RecordStore
    let scope: AccessScope
    let span: DateRange
    private var parameters: [TypeID: [PlannedParameter]] = [:]

    init(store: RecordStore, scope: AccessScope, span: DateRange) {
        self.store = store
        self.scope = scope
        self.span = span
    }

    mutating func includes(_ version: StoredResource, type: TypeID) throws -> Bool {
        let parameters = dates(of: type)
        if parameters.isEmpty { return true }
        return try store.withEntries(scope, of: version) { buffer in
            var hasDate = false
            for entry in buffer.entries where entry.kind == .date && parameters.contains(where: { $0.includes(entry) })
            {
                if entry.low <= span.high, entry.high >= span.low { return true }
                hasDate = true
            }
            return !hasDate
        }
    }

    private mutating func dates(of type: TypeID) -> [PlannedParameter] {
        if let known = parameters[type] { return known }
        let all = store.plans.plan(for: type).parameters
        let dates = all["birthdate"] == nil ? all.values.filter { $0.parameter.type == .date } : []
        parameters[type] = dates
        return dates
    }
}
