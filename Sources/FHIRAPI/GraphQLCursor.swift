internal import Base
internal import HTTP
internal import RecordStore

/// Where a page of a GraphQL connection begins, and the search that it belongs to; sealed like a paging link.
struct GraphQLCursor {
    /// The parameters of the search, in order.
    var parameters: [QueryParameters.Item]
    var start: SearchCursor
    /// When the search began.
    var began: Instant
    /// Matches on a page at most.
    var size: Int
    /// How many matches there are in all, if that was told.
    var total: Int?
    /// Where the pages before begin, the nearest last: an unsorted search cannot be gone through backwards.
    private var before: [UInt64] = []

    private static let beforeMax = 200
    private static let sizeName = "$size"
    private static let beforeName = "$before"

    /// The first page.
    init(point: LogPoint, parameters: [QueryParameters.Item], began: Instant, size: Int) {
        self.parameters = parameters
        self.began = began
        self.size = size
        start = SearchCursor(point: point)
    }

    /// - Returns: `nil` unless `sealed` made the text for the same place.
    init?(_ text: String, place: String, key: SipKey) {
        guard var token = PageToken(text, for: place, key: key),
            let before = token.parameters.popLast(), before.name == Self.beforeName,
            let size = token.parameters.popLast(), size.name == Self.sizeName, let count = Int(size.value)
        else { return nil }
        parameters = token.parameters
        start = token.cursor
        began = token.began
        total = token.total
        self.size = count
        self.before = before.value.split(separator: " ").compactMap { UInt64($0) }
    }

    func sealed(place: String, key: SipKey) -> String {
        let own = [
            QueryParameters.Item(Self.sizeName, String(size)),
            QueryParameters.Item(Self.beforeName, before.map { String($0) }.joined(separator: " ")),
        ]
        return PageToken(parameters: parameters + own, cursor: start, began: began, isLenient: false, total: total)
            .sealed(for: place, key: key)
    }

    var first: GraphQLCursor {
        var cursor = self
        cursor.start = SearchCursor(point: start.point)
        cursor.before = []
        return cursor
    }

    /// The page before; `nil` on the first one, and where it is not known any more.
    var previous: GraphQLCursor? {
        var cursor = self
        guard start.offset > 0, let after = cursor.before.popLast() else { return nil }
        cursor.start = SearchCursor(point: start.point, after: after, offset: max(0, start.offset - size))
        return cursor
    }

    /// The page that follows a match.
    func next(after sequence: UInt64) -> GraphQLCursor {
        var cursor = self
        cursor.before.append(start.after)
        if cursor.before.count > Self.beforeMax { cursor.before.removeFirst() }
        cursor.start = SearchCursor(point: start.point, after: sequence, offset: start.offset + size)
        return cursor
    }

    /// The page of a sorted search that begins with a match, counted from 0.
    func sorted(at offset: Int) -> GraphQLCursor {
        var cursor = self
        cursor.start = SearchCursor(point: start.point, offset: offset)
        let pages = min(Self.beforeMax, offset / max(1, size))
        cursor.before = Array(repeating: .max, count: pages)
        return cursor
    }
}
