/// What an attempt writes or finds in the store where earlier attempts at the same input may have been.
///
/// An ingest that was broken off and begun again finds unchanged what it wrote itself, or writes it anew where a reference
/// can be resolved by now. Each of these resources is counted once, as what it was when the first attempt wrote it.
struct RepeatedWrites {
    /// What a version was as it was written.
    enum Origin {
        case created, updated
    }

    /// A version with how this attempt came by it.
    struct Candidate {
        var sequence: UInt64
        /// It replaced another; else it was found.
        var isUpdate: Bool
    }

    /// The end of the log before the first attempt.
    let floor: UInt64
    private var found: Set<UInt64> = []
    private var updated: Set<UInt64> = []
    private var created: Set<UInt64> = []

    init(floor: UInt64) {
        self.floor = floor
    }

    mutating func created(_ sequence: UInt64) {
        created.insert(sequence)
    }

    mutating func updated(_ sequence: UInt64) {
        updated.insert(sequence)
    }

    mutating func found(_ sequence: UInt64) {
        if sequence > floor { found.insert(sequence) }
    }

    /// Whether this attempt wrote a version.
    func wrote(_ sequence: UInt64) -> Bool { created.contains(sequence) || updated.contains(sequence) }

    /// The versions to be asked about, in the order of the log.
    var candidates: [Candidate] {
        let all =
            found.subtracting(created).subtracting(updated).map { Candidate(sequence: $0, isUpdate: false) }
            + updated.map { Candidate(sequence: $0, isUpdate: true) }
        return all.sorted { $0.sequence < $1.sequence }
    }
}
