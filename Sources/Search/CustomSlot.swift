/// A custom search parameter as a tenant has it.
package struct CustomSlot: Sendable {
    package enum State: Sendable {
        /// It can be searched.
        case active
        /// New writes are indexed for it; what was stored before is still being indexed.
        case reindexing(ReindexProgress)
        /// It was retired, changed or deleted. It keeps its place as long as the program runs: queries under way know the
        /// places of those behind it.
        case retired

        /// Whether writes are indexed for it.
        package var isInUse: Bool {
            if case .retired = self { return false }
            return true
        }
    }

    package let parameter: CustomParameter
    package var state: State

    package init(parameter: CustomParameter, state: State) {
        self.parameter = parameter
        self.state = state
    }
}
