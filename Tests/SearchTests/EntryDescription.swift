import Base
import Search

extension IndexEntry {
    /// The entry as a test writes it.
    var summary: String {
        switch kind {
        case .token: isBare ? second.text : "\(first.text)|\(second.text)"
        case .text: "text \(second.text)"
        case .identifierType: "type \(first.text)|\(second.text)|\(third.text)"
        case .string: first.text
        case .date: "\(Self.start(low))..\(Self.end(high))"
        case .number: isPoint ? first.text : "\(first.text)..\(second.text)"
        case .quantity:
            "\(isPoint ? first.text : "\(first.text)..\(second.text)")|\(third.text)|\(fourth.text)|\(fifth.text)"
        case .reference: third.text + (fourth.isEmpty ? "" : " version \(fourth.text)")
        case .referenceIdentifier: "identifier \(first.text)|\(second.text)"
        case .uri: second.text
        case .position: "\(Double(low) / 1e7) \(Double(high) / 1e7)"
        case .present: "present"
        case .narrative, .content: "words \(first.text)"
        }
    }

    private static func start(_ moment: Int64) -> String {
        moment == .min ? "*" : text(moment, whole: 0)
    }

    private static func end(_ moment: Int64) -> String {
        moment == .max ? "*" : text(moment, whole: 86_399_999_999)
    }

    private static func text(_ moment: Int64, whole: Int64) -> String {
        let day = DateBucket.day(of: moment)
        let rest = moment - Int64(day) * 86_400_000_000
        let date = CalendarDate(daysSinceEpoch: day)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let dayText = "\(date.year)-\(two(date.month))-\(two(date.day))"
        if rest == whole { return dayText }
        let seconds = Int(rest / 1_000_000)
        return "\(dayText)T\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
