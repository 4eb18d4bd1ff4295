internal import Base
internal import HTTP

/// What an export is of, and how far it is.
struct ExportState: Sendable {
    let level: ExportLevel
    let parameters: [QueryParameters.Item]
    /// Whether what is there was written, and deletions are looked for.
    var isAtDeletions = false
    /// The entry of the log up to which all is in whole files.
    var after: UInt64 = 0
    /// Entries that were passed over as their keys were shredded.
    var unreadable = 0

    private static let parametersMax = 100_000

    init(level: ExportLevel, parameters: [QueryParameters.Item]) {
        self.level = level
        self.parameters = parameters
    }

    func write(to writer: ByteWriter) {
        switch level {
        case .system: writer.write(UInt8(0))
        case .patients: writer.write(UInt8(1))
        case .group(let id):
            writer.write(UInt8(2))
            writer.writeSized(id)
        }
        writer.writeVarint(UInt64(parameters.count))
        for item in parameters {
            writer.writeSized(item.name)
            writer.writeSized(item.value)
        }
        writer.write(isAtDeletions ? UInt8(1) : 0)
        writer.writeVarint(after)
        writer.writeVarint(UInt64(unreadable))
    }

    /// - Returns: `nil` unless `write` made the bytes.
    init?(_ reader: inout ByteReader) {
        switch reader.readByte() {
        case 0: level = .system
        case 1: level = .patients
        case 2:
            guard let group = reader.text() else { return nil }
            level = .group(group)
        default: return nil
        }
        var parameters: [QueryParameters.Item] = []
        guard let count = reader.readVarint(), count <= Self.parametersMax else { return nil }
        for _ in 0..<count {
            guard let name = reader.text(), let value = reader.text() else { return nil }
            parameters.append(QueryParameters.Item(name, value))
        }
        self.parameters = parameters
        guard let isAtDeletions = reader.readByte(), let after = reader.readVarint(),
            let unreadable = reader.readVarint()
        else { return nil }
        self.isAtDeletions = isAtDeletions == 1
        self.after = after
        self.unreadable = Int(truncatingIfNeeded: unreadable)
    }
}
