extension ValueSetMembers {
    /// Where the value set, or one that it imports, lists a code: for the display given there.
    func listing(of system: String, _ code: String) -> (concepts: ListedConcepts, number: Int)? {
        var text = code
        return text.withUTF8 { listing(of: system, UnsafeRawBufferPointer($0)) }
    }

    private func listing(
        of system: String, _ code: UnsafeRawBufferPointer
    ) -> (concepts: ListedConcepts, number: Int)? {
        for part in includes {
            if part.system == system, case .listed(let list) = part.selection, let number = list.number(of: code) {
                return (list.concepts, number)
            }
            guard part.system.isEmpty || part.system == system else { continue }
            for case .members(let members) in part.imports {
                if let found = members.listing(of: system, code) { return found }
            }
        }
        return nil
    }
}
