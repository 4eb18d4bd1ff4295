/// One field of a cron expression: which numbers it allows.
struct CronField: Hashable, Sendable {
    /// The bit of each number that is allowed.
    private(set) var bits: UInt64
    /// Whether it begins with `*`, which makes a difference for the two fields of days.
    let isStarred: Bool

    /// What a field may hold.
    struct Kind {
        var name: String
        var range: ClosedRange<Int>
        /// Of the numbers from the range's first on.
        var names: [String] = []

        static let minute = Kind(name: "minute", range: 0...59)
        static let hour = Kind(name: "hour", range: 0...23)
        static let dayOfMonth = Kind(name: "day of month", range: 1...31)
        static let month = Kind(
            name: "month", range: 1...12,
            names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
        /// 0 and 7 are Sunday.
        static let dayOfWeek = Kind(
            name: "day of week", range: 0...7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"])
    }

    /// - Throws: `JobsError.invalid`, naming the field.
    init(_ text: Substring, _ kind: Kind) throws(JobsError) {
        bits = 0
        isStarred = text.first == "*"
        for part in text.split(separator: ",", omittingEmptySubsequences: false) { try add(part, kind) }
    }

    func contains(_ number: Int) -> Bool { bits >> UInt64(number) & 1 == 1 }

    /// The allowed numbers, least first.
    var numbers: [Int] { (0..<64).filter(contains) }

    /// Lets Sunday be 0 alone.
    mutating func foldSunday() {
        if contains(7) { bits = (bits | 1) & ~(1 << 7) }
    }

    private mutating func add(_ part: Substring, _ kind: Kind) throws(JobsError) {
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(pieces.count), let span = pieces.first else { throw Self.refusal(kind) }
        var step = 1
        if pieces.count == 2 {
            guard let number = Self.number(pieces[1]), number > 0 else { throw Self.refusal(kind) }
            step = number
        }
        let ends = span.split(separator: "-", omittingEmptySubsequences: false)
        let range: ClosedRange<Int>
        if span == "*" {
            // The second Sunday of the days of a week would fall out of step.
            range = kind.range.upperBound == 7 ? 0...6 : kind.range
        } else if ends.count == 2 {
            let (first, last) = (try Self.value(ends[0], kind), try Self.value(ends[1], kind))
            // A week may be said to end with Sunday by its name.
            let end = last < first && last == 0 && kind.range.upperBound == 7 ? 7 : last
            guard first <= end else { throw Self.refusal(kind) }
            range = first...end
        } else {
            guard ends.count == 1 else { throw Self.refusal(kind) }
            let first = try Self.value(ends[0], kind)
            // `5/15` goes on to the end of the range.
            range = first...(pieces.count == 2 ? kind.range.upperBound : first)
        }
        for number in stride(from: range.lowerBound, through: range.upperBound, by: step) {
            bits |= 1 << UInt64(number)
        }
    }

    private static func value(_ text: Substring, _ kind: Kind) throws(JobsError) -> Int {
        if let place = kind.names.firstIndex(of: text.lowercased()) { return kind.range.lowerBound + place }
        guard let number = number(text), kind.range.contains(number) else { throw refusal(kind) }
        return number
    }

    /// One to three digits.
    private static func number(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func refusal(_ kind: Kind) -> JobsError {
        JobsError(.invalid, "a cron expression's field for the \(kind.name) is malformed or out of range")
    }
}
