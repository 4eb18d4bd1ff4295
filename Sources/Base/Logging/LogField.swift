/// A figure or a word beside the message of a line of the log. Never a patient's data, nor a secret.
package struct LogField: Sendable {
    /// What a field holds.
    package enum Value: Sendable {
        case text(String)
        case integer(Int)
        case number(Double)
        case flag(Bool)
    }

    package var name: StaticString
    package var value: Value

    private init(_ name: StaticString, _ value: Value) {
        self.name = name
        self.value = value
    }

    /// A word of the program's own: a reason without values, a route's pattern, an address that the operator gave.
    package static func text(_ name: StaticString, _ value: String) -> LogField { LogField(name, .text(value)) }
    package static func integer(_ name: StaticString, _ value: Int) -> LogField { LogField(name, .integer(value)) }
    package static func number(_ name: StaticString, _ value: Double) -> LogField { LogField(name, .number(value)) }
    package static func flag(_ name: StaticString, _ value: Bool) -> LogField { LogField(name, .flag(value)) }

    /// Why something failed. As text it stands behind the message.
    package static func reason(_ text: String) -> LogField { LogField(reasonName, .text(text)) }

    var isReason: Bool { name.utf8Start == Self.reasonName.utf8Start }

    private static let reasonName: StaticString = "reason"
}

/// What a line of the log is about.
package struct LogContext: Sendable {
    /// What the request is known by in its answer and in the audit trail.
    package var requestID: String?
    package var jobID: String?
    /// The trace that the request or the job belongs to, 32 hexadecimal digits.
    package var traceID: String?

    package init(requestID: String? = nil, jobID: String? = nil, traceID: String? = nil) {
        self.requestID = requestID
        self.jobID = jobID
        self.traceID = traceID
    }
}
