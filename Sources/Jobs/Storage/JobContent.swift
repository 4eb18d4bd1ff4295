internal import Base

/// What is sealed of a job as one: its payload, and the names that could tell of people.
struct JobContent: Equatable {
    var payload: [UInt8]
    var uniqueKey: String?
    var group: String?
    var traceparent: String?
    var nominal: Instant?

    private static let format: UInt8 = 1

    func encoded() -> [UInt8] {
        let writer = ByteWriter(capacity: payload.count + 64)
        defer { writer.wipe() }
        writer.write(Self.format)
        writer.writeVarint(UInt64(payload.count))
        payload.withUnsafeBytes { writer.write($0) }
        for text in [uniqueKey, group, traceparent] {
            // Nothing is 0, so that an empty text is not nothing.
            writer.writeVarint(text.map { UInt64($0.utf8.count) + 1 } ?? 0)
            if let text { writer.write(text) }
        }
        writer.write(nominal == nil ? 0 : 1)
        if let nominal { writer.writeLittleEndian(nominal.microseconds) }
        return writer.copy()
    }

    /// - Throws: `JobsError.damaged` if the bytes are not what `encoded` makes.
    init(decoding bytes: [UInt8]) throws(JobsError) {
        let content = bytes.withUnsafeBytes { raw -> JobContent? in
            var reader = ByteReader(raw)
            guard reader.readByte() == Self.format, let count = reader.readVarint().flatMap({ Int(exactly: $0) }),
                let payload = reader.readBytes(count)
            else { return nil }
            var texts: [String?] = []
            for _ in 0..<3 {
                guard let count = reader.readVarint().flatMap({ Int(exactly: $0) }) else { return nil }
                guard count > 0 else {
                    texts.append(nil)
                    continue
                }
                guard let text = reader.readBytes(count - 1) else { return nil }
                texts.append(String(decoding: text, as: UTF8.self))
            }
            var nominal: Instant?
            if reader.readByte() == 1 {
                guard let time = reader.readLittleEndian(Int64.self) else { return nil }
                nominal = Instant(microseconds: time)
            }
            guard reader.remaining == 0 else { return nil }
            return JobContent(
                payload: Array(payload), uniqueKey: texts[0], group: texts[1], traceparent: texts[2],
                nominal: nominal)
        }
        guard let content else { throw JobsError(.damaged, "what a job holds does not decode") }
        self = content
    }

    init(payload: [UInt8], uniqueKey: String?, group: String?, traceparent: String?, nominal: Instant?) {
        self.payload = payload
        self.uniqueKey = uniqueKey
        self.group = group
        self.traceparent = traceparent
        self.nominal = nominal
    }

    init(_ job: NewJob) {
        self.init(
            payload: job.payload, uniqueKey: job.uniqueKey, group: job.group, traceparent: job.traceparent,
            nominal: job.nominal)
    }
}

/// What is kept of how a job ended: its result, or the reason of a failure.
enum KeptOutcome: Equatable {
    case result([UInt8])
    case reason(String)

    func encoded() -> [UInt8] {
        switch self {
        case .result(let bytes): [1] + bytes
        case .reason(let text): [2] + Array(text.prefix(utf8Max: JobLimits.reasonBytesMax).utf8)
        }
    }

    /// - Throws: `JobsError.damaged` if the bytes are not what `encoded` makes.
    init(decoding bytes: [UInt8]) throws(JobsError) {
        switch bytes.first {
        case 1: self = .result(Array(bytes.dropFirst()))
        case 2: self = .reason(String(decoding: bytes.dropFirst(), as: UTF8.self))
        default: throw JobsError(.damaged, "the outcome of a job does not decode")
        }
    }
}

extension String {
    /// As much of the text as fits into so many bytes of UTF-8, cut between characters.
    func prefix(utf8Max: Int) -> String {
        guard utf8.count > utf8Max else { return self }
        var text = ""
        var count = 0
        for character in self {
            count += character.utf8.count
            guard count <= utf8Max else { break }
            text.append(character)
        }
        return text
    }
}
