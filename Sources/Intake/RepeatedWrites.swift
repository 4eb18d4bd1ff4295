/// Versions that an attempt finds in the store and that an earlier attempt at the same input may have written.
///
/// An ingest that was broken off and begun again finds unchanged what it wrote itself. Each of these versions is counted
/// once for what it was as it was written, however often the attempt meets it.
struct RepeatedWrites {
    /// What a version was as it was written.
    enum Origin {
        case created, updated
    }

    /// The end of the log before the first attempt.
    let floor: UInt64
    private var met: Set<UInt64> = []
    private var own: Set<UInt64> = []

    init(floor: UInt64) {
        self.floor = floor
    }

    /// Notes a version that this attempt wrote: it is counted already.
    mutating func wrote(_ sequence: UInt64) {
        own.insert(sequence)
    }

    mutating func found(_ sequence: UInt64) {
        if sequence > floor { met.insert(sequence) }
    }

    /// The versions to be asked about, in the order of the log.
    var candidates: [UInt64] { met.subtracting(own).sorted() }
}
