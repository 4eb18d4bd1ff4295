internal import Access
internal import Audit
internal import Base

/// What of the audit trail is on a page of a search, newest first.
struct TrailPage {
    private(set) var entries: [NumberedEntry] = []
    /// Where the next page goes on: before which number; `nil` if the trail has no more.
    private(set) var next: UInt64?

    /// Times that the trail is asked for one page: what few entries meet may take pages that hold less than was asked for.
    private static let roundsMax = 8
    /// Entries that are looked at at once, where the index does not find all alone.
    private static let chunk = 500

    /// A page without any of it.
    init() {}

    /// - Parameters:
    ///   - before: where the page before ended; `nil` for the first.
    ///   - count: entries at most, at least 1.
    /// - Throws: `AuditError`.
    init(
        _ trails: AuditTrails, _ tenant: TenantName, _ request: TrailQuery, _ sight: TrailSight, before: UInt64?,
        count: Int
    ) throws(AuditError) {
        if let numbers = request.numbers {
            try take(numbers, trails, tenant, request, sight, before: before, count: count)
            return
        }
        let query = sight.narrowed(request.query)
        let isExact = request.isExact && sight == .whole
        var before = before
        for _ in 0..<Self.roundsMax {
            let page = try trails.entries(
                tenant: tenant, query, before: before, count: isExact ? count - entries.count : Self.chunk)
            for found in page.entries {
                guard let shown = sight.shown(found.entry), request.accepts(shown) else { continue }
                entries.append(NumberedEntry(number: found.number, entry: shown))
                next = found.number
                if entries.count == count { return }
            }
            next = page.next
            guard let further = page.next else { return }
            before = further
        }
    }

    /// Those that are asked for by their numbers, highest first.
    private mutating func take(
        _ numbers: [UInt64], _ trails: AuditTrails, _ tenant: TenantName, _ request: TrailQuery, _ sight: TrailSight,
        before: UInt64?, count: Int
    ) throws(AuditError) {
        for number in numbers where number < before ?? .max {
            guard let entry = try Self.entry(number, trails, tenant, sight), request.accepts(entry) else { continue }
            entries.append(NumberedEntry(number: number, entry: entry))
            next = number
            if entries.count == count { return }
        }
        next = nil
    }

    /// What of an entry may be seen; `nil` if there is none or nothing may.
    static func entry(
        _ number: UInt64, _ trails: AuditTrails, _ tenant: TenantName, _ sight: TrailSight
    ) throws(AuditError) -> AuditEntry? {
        do {
            return sight.shown(try trails.entry(number, tenant: tenant))
        } catch {
            guard error.code == .missing else { throw error }
            return nil
        }
    }

    /// Leaves out what is behind the first entries: the next page begins with it.
    mutating func cut(to count: Int) {
        guard count < entries.count, count > 0 else { return }
        entries.removeSubrange(count...)
        next = entries.last?.number
    }
}
