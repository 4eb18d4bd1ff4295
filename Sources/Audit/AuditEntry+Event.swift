extension AuditEntry {
    /// What kind of event the requests of a route are: the part of an entry that is known before any request came.
    package struct Event: Hashable, Sendable {
        package var category: Category
        package var action: Action
        /// The entry's `event`, such as `user-list`.
        package var name: String

        package init(_ category: Category, _ action: Action, _ name: String) {
            self.category = category
            self.action = action
            self.name = name
        }
    }
}
