package import Base

/// The one encoding that an entry has in the log and in the tree; `docs/audit.md` has the layout.
extension AuditEntry {
    /// What the first byte of every encoding says.
    private static let version: UInt8 = 1

    private struct Parts: OptionSet {
        let rawValue: UInt8
        static let onBehalfOf = Parts(rawValue: 1)
        static let role = Parts(rawValue: 2)
        static let purposeOfUse = Parts(rawValue: 4)
        static let request = Parts(rawValue: 8)
        static let detail = Parts(rawValue: 16)
        static let all: Parts = [.onBehalfOf, .role, .purposeOfUse, .request, .detail]
    }

    /// Appends the encoding.
    package func encode(to writer: ByteWriter) {
        var parts: Parts = []
        if onBehalfOf != nil { parts.insert(.onBehalfOf) }
        if role != nil { parts.insert(.role) }
        if purposeOfUse != nil { parts.insert(.purposeOfUse) }
        if request != nil { parts.insert(.request) }
        if detail != nil { parts.insert(.detail) }
        writer.write(Self.version)
        writer.write(category.rawValue)
        writer.write(action.rawValue)
        writer.write(outcome.rawValue)
        writer.write(parts.rawValue)
        writer.writeLittleEndian(time.microseconds)
        writer.writeLittleEndian(status)
        Self.encode(event, to: writer)
        Self.encode(agent, to: writer)
        Self.encode(address, to: writer)
        Self.encode(requestID, to: writer)
        for text in [onBehalfOf, role, purposeOfUse, request, detail] {
            if let text { Self.encode(text, to: writer) }
        }
        writer.writeVarint(UInt64(patients.count))
        for patient in patients { Self.encode(patient, to: writer) }
        writer.writeVarint(UInt64(resources.count))
        for resource in resources { Self.encode(resource, to: writer) }
    }

    /// Reads an encoding.
    /// - Returns: `nil` for anything but what `encode` writes.
    package init?(encoded bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.version,
            let category = reader.readByte().flatMap(Category.init),
            let action = reader.readByte().flatMap(Action.init),
            let outcome = reader.readByte().flatMap(Outcome.init), let raw = reader.readByte(),
            raw & ~Parts.all.rawValue == 0,
            let time = reader.readLittleEndian(Int64.self), let status = reader.readLittleEndian(UInt16.self),
            let event = Self.text(&reader), let agent = Self.text(&reader), let address = Self.text(&reader),
            let requestID = Self.text(&reader)
        else { return nil }
        self.init(
            category, action, event, outcome: outcome, time: Instant(microseconds: time), agent: agent)
        self.status = status
        self.address = address
        self.requestID = requestID
        guard readParts(Parts(rawValue: raw), &reader), let patients = Self.texts(&reader),
            let resources = Self.texts(&reader), reader.remaining == 0
        else { return nil }
        self.patients = patients
        self.resources = resources
    }

    private mutating func readParts(_ parts: Parts, _ reader: inout ByteReader) -> Bool {
        let fields: [(Parts, WritableKeyPath<AuditEntry, String?>)] = [
            (.onBehalfOf, \.onBehalfOf), (.role, \.role), (.purposeOfUse, \.purposeOfUse), (.request, \.request),
            (.detail, \.detail),
        ]
        for (part, field) in fields where parts.contains(part) {
            guard let text = Self.text(&reader) else { return false }
            self[keyPath: field] = text
        }
        return true
    }

    private static func encode(_ text: String, to writer: ByteWriter) {
        writer.writeVarint(UInt64(text.utf8.count))
        writer.write(text)
    }

    private static func text(_ reader: inout ByteReader) -> String? {
        guard let count = shortVarint(&reader), let bytes = reader.readBytes(count) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func texts(_ reader: inout ByteReader) -> [String]? {
        guard let count = shortVarint(&reader), count <= reader.remaining else { return nil }
        var found: [String] = []
        found.reserveCapacity(count)
        for _ in 0..<count {
            guard let text = text(&reader) else { return nil }
            found.append(text)
        }
        return found
    }

    /// A count in its shortest form: an entry has one encoding, not several.
    private static func shortVarint(_ reader: inout ByteReader) -> Int? {
        let start = reader.offset
        guard let value = reader.readVarint(), let count = Int(exactly: value) else { return nil }
        let bytes = reader.offset - start
        return bytes == 1 || value >> (7 * UInt64(bytes - 1)) != 0 ? count : nil
    }
}
