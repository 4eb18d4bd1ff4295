internal import Base

/// Writes the parts of a pull's state one after another.
struct StateWriter {
    let bytes = ByteWriter(capacity: 4_096)

    func write(_ number: some BinaryInteger) { bytes.writeVarint(UInt64(clamping: number)) }
    func write(_ flag: Bool) { bytes.write(flag ? 1 : 0) }

    func write(_ text: String) {
        bytes.writeVarint(UInt64(text.utf8.count))
        bytes.write(text)
    }

    func write(_ instant: Instant) { bytes.writeLittleEndian(instant.microseconds) }
    func write(_ location: WebLocation) { write(location.text) }

    func write<Part>(optional part: Part?, _ body: (Part) -> Void) {
        write(part != nil)
        if let part { body(part) }
    }

    func write<Part>(list parts: some Collection<Part>, _ body: (Part) -> Void) {
        write(parts.count)
        for part in parts { body(part) }
    }
}

/// Reads what `StateWriter` wrote; never more than there is.
struct StateReader {
    private var bytes: ByteReader

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = ByteReader(bytes)
    }

    var isAtEnd: Bool { bytes.remaining == 0 }

    static func damaged() -> BulkDataError {
        BulkDataError(.damaged, "the kept state of a pull cannot be read")
    }

    mutating func number() throws(BulkDataError) -> Int {
        guard let number = bytes.readVarint(), let fitting = Int(exactly: number) else { throw Self.damaged() }
        return fitting
    }

    mutating func unsigned() throws(BulkDataError) -> UInt64 {
        guard let number = bytes.readVarint() else { throw Self.damaged() }
        return number
    }

    mutating func flag() throws(BulkDataError) -> Bool {
        guard let byte = bytes.readByte(), byte <= 1 else { throw Self.damaged() }
        return byte == 1
    }

    mutating func byte() throws(BulkDataError) -> UInt8 {
        guard let byte = bytes.readByte() else { throw Self.damaged() }
        return byte
    }

    mutating func bytes(_ count: Int) throws(BulkDataError) -> UnsafeRawBufferPointer {
        guard let found = bytes.readBytes(count) else { throw Self.damaged() }
        return found
    }

    /// Everything that was not read yet.
    mutating func rest() throws(BulkDataError) -> UnsafeRawBufferPointer {
        try bytes(bytes.remaining)
    }

    mutating func text() throws(BulkDataError) -> String {
        guard let valid = String(validating: try bytes(try number()), as: UTF8.self) else { throw Self.damaged() }
        return valid
    }

    mutating func instant() throws(BulkDataError) -> Instant {
        guard let microseconds = bytes.readLittleEndian(Int64.self) else { throw Self.damaged() }
        return Instant(microseconds: microseconds)
    }

    mutating func location() throws(BulkDataError) -> WebLocation {
        guard let location = WebLocation(try text()) else { throw Self.damaged() }
        return location
    }

    mutating func moment() throws(BulkDataError) -> FHIRInstant {
        guard let moment = FHIRInstant(try text()) else { throw Self.damaged() }
        return moment
    }

    mutating func optional<Part>(
        _ body: (inout StateReader) throws(BulkDataError) -> Part
    ) throws(BulkDataError) -> Part? {
        try flag() ? try body(&self) : nil
    }

    mutating func list<Part>(
        _ body: (inout StateReader) throws(BulkDataError) -> Part
    ) throws(BulkDataError) -> [Part] {
        let count = try number()
        // Each part has a byte at least.
        guard count <= bytes.remaining else { throw Self.damaged() }
        var parts: [Part] = []
        parts.reserveCapacity(count)
        for _ in 0..<count { parts.append(try body(&self)) }
        return parts
    }
}
