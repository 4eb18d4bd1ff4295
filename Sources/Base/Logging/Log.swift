internal import Synchronization

/// The lines that a running program writes for its operator, one for each event.
///
/// The message is a text of the program's source, so that it can hold nothing of a patient; what varies stands in
/// fields. A line never holds a line break or a control character, whatever is put into it.
package final class Log: Sendable {
    /// How lines look.
    package enum Format: String, Sendable, CaseIterable {
        /// For people at a terminal.
        case text
        /// One JSON object a line, for programs.
        case json
    }

    package let format: Format
    private let name: StaticString
    private let lowest: LogLevel
    private let clock: any Clock
    private let sink: @Sendable (UnsafeRawBufferPointer) -> Void
    private let lock = Lock()
    // Under `lock`.
    private nonisolated(unsafe) var floods: [UInt: Flood] = [:]
    private let counts = StripedCells(LogLevel.allCases.count)

    /// How often a message was written in the second that began at a moment.
    private struct Flood {
        var began: UInt64
        var written = 0
        var leftOut = 0
    }

    /// Lines of one warning or error a second: a fault that every request meets must not fill the disk as well.
    private static let linesPerSecondMax = 100
    private static let secondNanoseconds: UInt64 = 1_000_000_000
    /// Bytes of a field that are written; what is longer is cut.
    private static let fieldBytesMax = 4 << 10

    /// - Parameters:
    ///   - name: stands in front of each line of text: `martlet serve`.
    ///   - lowest: what matters less is left out.
    ///   - sink: takes one whole line with its end, by one thread at a time.
    package init(
        _ format: Format, name: StaticString, lowest: LogLevel = .information, clock: any Clock = SystemClock(),
        sink: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        self.format = format
        self.name = name
        self.lowest = lowest
        self.clock = clock
        self.sink = sink
    }

    /// Writes a line. Of one warning or error a hundred a second are written; the next tells how many were left out.
    package func write(
        _ level: LogLevel, _ message: StaticString, _ fields: [LogField] = [], about context: LogContext = LogContext()
    ) {
        guard level >= lowest else { return }
        counts.add(1, at: level.rawValue)
        var fields = fields
        if level >= .warning {
            guard let leftOut = admit(message) else { return }
            if leftOut > 0 { fields.append(.integer("left_out", leftOut)) }
        }
        let line = ByteWriter(capacity: 512)
        switch format {
        case .text: writeText(level, message, fields, context, to: line)
        case .json: writeJSON(level, message, fields, context, to: line)
        }
        line.write("\n")
        lock.withLock { sink(line.bytes) }
    }

    /// Whether a line may be written now.
    /// - Returns: how many of its message were left out before it; `nil` if it is left out too.
    private func admit(_ message: StaticString) -> Int? {
        let now = monotonicNanoseconds()
        return lock.withLock {
            let key = UInt(bitPattern: message.utf8Start)
            var flood = floods[key] ?? Flood(began: now)
            var leftOut: Int?
            if now - flood.began >= Self.secondNanoseconds {
                leftOut = flood.leftOut
                flood = Flood(began: now, written: 1)
            } else if flood.written < Self.linesPerSecondMax {
                leftOut = 0
                flood.written += 1
            } else {
                flood.leftOut += 1
            }
            floods[key] = flood
            return leftOut
        }
    }

    /// Writes a line that tells of a failure.
    package func error(
        _ message: StaticString, reason: String, _ fields: [LogField] = [], about context: LogContext = LogContext()
    ) {
        write(.error, message, [.reason(reason)] + fields, about: context)
    }

    /// How many lines of a level there were, those that were left out among them.
    package func count(_ level: LogLevel) -> UInt64 {
        counts.sum(at: level.rawValue)
    }

    // MARK: Text

    private func writeText(
        _ level: LogLevel, _ message: StaticString, _ fields: [LogField], _ context: LogContext, to line: ByteWriter
    ) {
        line.write(name)
        line.write(": ")
        if level == .warning { line.write("warning: ") }
        line.write(message)
        for field in fields where field.isReason {
            line.write(": ")
            writePlain(field.value, to: line)
        }
        var isFirst = true
        func begin(_ name: StaticString) {
            line.write(isFirst ? " (" : ", ")
            isFirst = false
            line.write(name)
            line.write("=")
        }
        for field in fields where !field.isReason {
            begin(field.name)
            writePlain(field.value, to: line)
        }
        for (name, value) in Self.parts(context) {
            begin(name)
            writePlain(.text(value), to: line)
        }
        if !isFirst { line.write(")") }
    }

    private func writePlain(_ value: LogField.Value, to line: ByteWriter) {
        switch value {
        case .text(let text): Self.writeVisible(Self.cut(text), to: line)
        case .integer(let number): line.writeDecimal(number)
        case .number(let number): line.write(number.description)
        case .flag(let flag): line.write(flag ? "true" : "false")
        }
    }

    /// Characters that would move the cursor, begin a line or turn its direction stand as `\u{…}`.
    private static func writeVisible(_ text: String, to line: ByteWriter) {
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069:
                line.write("\\u{" + String(scalar.value, radix: 16) + "}")
            default: UTF8.encode(scalar)?.forEach { line.write($0) }
            }
        }
    }

    // MARK: JSON

    private func writeJSON(
        _ level: LogLevel, _ message: StaticString, _ fields: [LogField], _ context: LogContext, to line: ByteWriter
    ) {
        line.write("{\"time\":\"")
        line.writeTimestamp(clock.now())
        line.write("\",\"level\":\"")
        line.write(level.name)
        line.write("\",\"message\":")
        writeJSONString(message, to: line)
        for (name, value) in Self.parts(context) {
            line.write(",")
            writeJSONString(name, to: line)
            line.write(":")
            writeJSONString(Self.cut(value), to: line)
        }
        if !fields.isEmpty {
            line.write(",\"fields\":{")
            for (index, field) in fields.enumerated() {
                if index > 0 { line.write(",") }
                writeJSONString(field.name, to: line)
                line.write(":")
                writeJSON(field.value, to: line)
            }
            line.write("}")
        }
        line.write("}")
    }

    private func writeJSON(_ value: LogField.Value, to line: ByteWriter) {
        switch value {
        case .text(let text): writeJSONString(Self.cut(text), to: line)
        case .integer(let number): line.writeDecimal(number)
        case .number(let number): line.write(number.isFinite ? number.description : "null")
        case .flag(let flag): line.write(flag ? "true" : "false")
        }
    }

    private static func parts(_ context: LogContext) -> [(StaticString, String)] {
        [("request_id", context.requestID), ("job_id", context.jobID), ("trace_id", context.traceID)]
            .compactMap { name, value in value.map { (name, $0) } }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > fieldBytesMax else { return text }
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > fieldBytesMax { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }
}
