/// Where a search goes on: a point of the log and what was handed out already.
package struct SearchCursor: Hashable, Sendable {
    /// The point at which the search began: later writes do not show on later pages.
    package var point: LogPoint
    /// The sequence number of the last match handed out, in a search without `_sort`.
    package var after: UInt64
    /// How many matches were handed out, in a search with `_sort`.
    package var offset: Int

    package init(point: LogPoint, after: UInt64 = .max, offset: Int = 0) {
        self.point = point
        self.after = after
        self.offset = offset
    }
}

/// Some of a search's matches.
package struct SearchPage: Sendable {
    package var matches: [StoredResource]
    /// How many matches there are in all; `nil` if it was not asked for and is not known without opening them.
    package var total: Int?
    /// Where the next page begins; `nil` if this is the last.
    package var next: SearchCursor?
    /// The point of the log that was searched.
    package var point: LogPoint
    /// How the search was made, where that was asked for.
    package var plan: [SearchPlanStep]?
}

/// One step of a search as it was made, for people who want to know why it took what it took.
package struct SearchPlanStep: Sendable {
    package enum Method: String, Sendable {
        /// Lists of the index tell it.
        case index
        /// Its lists are so many that candidates are opened and checked instead, where there are few.
        case indexOrCheck = "index-or-check"
        /// The resources are looked up by id.
        case identity
        /// It is a stretch of the log.
        case log
        /// The other resources are found first, then what they are joined with.
        case join
        /// Each candidate is followed to the other resources.
        case follow
        /// The page of results is gathered from what the other steps leave.
        case result
    }

    /// The type that is searched.
    package var type: String
    /// The parameter as the caller wrote it; empty for a step that is of none.
    package var name: String
    package var value: String
    package var method: Method
    /// How many entries the index was thought to hold, roughly; `nil` where that was not asked.
    package var estimate: Int?
    /// How many there were.
    package var count: Int?
    /// How many resources were opened.
    package var opened: Int?
}

/// How much of a search is wanted.
package struct SearchWindow: Sendable {
    /// Matches on the page; 0 for none.
    package var count: Int
    /// Whether the total must be told, whatever it costs.
    package var needsTotal: Bool
    /// Where to go on; `nil` for the first page.
    package var cursor: SearchCursor?
    /// The point to search at; `nil` for now, or the cursor's.
    package var point: LogPoint?
    /// Whether the page tells how it was made.
    package var explains = false

    package init(count: Int, needsTotal: Bool = false, cursor: SearchCursor? = nil, point: LogPoint? = nil) {
        self.count = count
        self.needsTotal = needsTotal
        self.cursor = cursor
        self.point = point
    }
}
