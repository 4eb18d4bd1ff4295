/// A list of concepts in a value set, made ready.
struct MemberList: Sendable {
    let concepts: ListedConcepts
    /// The code system if it is held.
    let system: CodeSystemModel?
    /// Those of the list that count; `nil` if all do.
    private let allowed: ConceptSet?
    private let index: CodeIndex

    init(_ concepts: ListedConcepts, system: CodeSystemModel?, isInactiveToo: Bool) {
        self.concepts = concepts
        self.system = system
        index = CodeIndex(concepts.codes, in: concepts.texts, isCaseSensitive: system?.isCaseSensitive ?? true)
        guard !isInactiveToo else {
            allowed = nil
            return
        }
        var allowed = ConceptSet(capacity: concepts.count)
        for number in 0..<concepts.count {
            let inSystem = system.flatMap { $0.concept(concepts.texts[concepts[number].code]) }
            if !(concepts[number].isInactive || inSystem?.isInactive ?? false) { allowed.insert(number) }
        }
        self.allowed = allowed
    }

    /// How much memory it takes, in bytes, what is shared with definitions left out.
    var byteCount: Int { index.byteCount + (allowed?.byteCount ?? 0) }

    /// The place of a code in the list.
    func number(of code: UnsafeRawBufferPointer) -> Int? {
        guard let number = index.find(code), allowed?.contains(number) ?? true else { return nil }
        return number
    }

    /// The places of those that count, in order.
    var numbers: [Int] { allowed?.numbers ?? Array(0..<concepts.count) }
}
