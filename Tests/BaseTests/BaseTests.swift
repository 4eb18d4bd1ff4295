import Base
import Testing

@Suite struct SipHashTests {
    private let key = SipKey(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)

    /// Vectors of the reference implementation: key 00 01 … 0f, input 00 01 … n-1.
    @Test func `the 64-bit hash agrees with the published vectors`() {
        let input = (0..<15).map { UInt8($0) }
        #expect(input.withUnsafeBytes { SipHash.hash64($0, key: key) } == 0xa129_ca61_49be_45e5)
        #expect([UInt8]().withUnsafeBytes { SipHash.hash64($0, key: key) } == 0x726f_db47_dd0e_0e31)
    }

    @Test func `the 128-bit hash agrees with the published vectors`() {
        let empty = [UInt8]().withUnsafeBytes { SipHash.hash128($0, key: key) }
        #expect(empty.low == 0xe6a8_25ba_047f_81a3)
        #expect(empty.high == 0x9302_55c7_1472_f66d)
    }
}

@Suite struct ByteWriterTests {
    @Test func `what the writer wrote the reader reads back`() {
        let writer = ByteWriter(capacity: 1)
        let values: [UInt64] = [0, 1, 127, 128, 300, 1 << 32, .max]
        for value in values { writer.writeVarint(value) }
        writer.writeLittleEndian(UInt32(0xdead_beef))
        writer.write("text")
        var reader = ByteReader(writer.bytes)
        for value in values { #expect(reader.readVarint() == value) }
        #expect(reader.readLittleEndian(UInt32.self) == 0xdead_beef)
        #expect(reader.readBytes(4).map { String(decoding: $0, as: UTF8.self) } == "text")
        #expect(reader.readByte() == nil)
        #expect(reader.readVarint() == nil)
    }

    @Test func `varints of every length are read back, in the middle and at the end`() {
        var random = SeededRandom(seed: 11)
        let values = (0...63).flatMap { bits in
            [
                UInt64(1) << bits, (UInt64(1) << bits) - 1,
                UInt64.random(in: 0...UInt64.max, using: &random) >> (63 - bits),
            ]
        }
        let writer = ByteWriter(capacity: 16)
        for value in values.shuffled(using: &random) + values { writer.writeVarint(value) }
        var reader = ByteReader(writer.bytes)
        for _ in values { _ = reader.readVarint() }
        for value in values { #expect(reader.readVarint() == value) }
        #expect(reader.remaining == 0)
        for value in values {
            writer.removeAll()
            writer.writeVarint(value)
            var alone = ByteReader(writer.bytes)
            #expect(alone.readVarint() == value)
            var cut = ByteReader(UnsafeRawBufferPointer(rebasing: writer.bytes.dropLast()))
            #expect(cut.readVarint() == nil)
        }
    }

    @Test func `a varint longer than 64 bits is refused`() {
        let bytes = [UInt8](repeating: 0xff, count: 11)
        bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            #expect(reader.readVarint() == nil)
        }
    }
}

@Suite struct CalendarDateTests {
    @Test func `days and dates convert both ways over eight thousand years`() {
        for days in stride(from: -1_000_000, through: 2_000_000, by: 37) {
            let date = CalendarDate(daysSinceEpoch: days)
            #expect(date.daysSinceEpoch == days)
            #expect((1...CalendarDate.daysInMonth(date.month, year: date.year)).contains(date.day))
        }
        #expect(CalendarDate(year: 2000, month: 3, day: 1).daysSinceEpoch == 11_017)
    }
}

@Suite struct PrivateTests {
    @Test func `a private value never prints`() {
        let name = Private("Ada")
        #expect("\(name)" == "‹private›")
        #expect(String(reflecting: name) == "‹private›")
        #expect(name.value == "Ada")
    }
}
