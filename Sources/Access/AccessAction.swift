/// What is done with a record.
package enum AccessAction: String, Hashable, Sendable, CaseIterable {
    case create
    case read
    /// Looks at versions that were replaced.
    case history
    case update
    case delete
    /// Finds records by what they say; counting them too.
    case search

    /// Whether it changes the record.
    package var writes: Bool {
        switch self {
        case .create, .update, .delete: true
        case .read, .history, .search: false
        }
    }

    /// What a SMART scope must permit for it.
    package var permission: SMARTPermissions {
        switch self {
        case .create: .create
        case .read, .history: .read
        case .update: .update
        case .delete: .delete
        case .search: .search
        }
    }
}
