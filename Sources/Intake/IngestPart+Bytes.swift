internal import Base

/// How a part is written into a job.
extension IngestPart {
    private static let format: UInt8 = 1

    /// The part as bytes that `init(bytes:)` reads.
    package func encoded() -> [UInt8] {
        let writer = ByteWriter()
        writer.write(Self.format)
        writer.writeVarint(UInt64(phase))
        writer.writeVarint(byteCount)
        writer.writeVarint(UInt64(pieces.count))
        for piece in pieces {
            writer.writeVarint(UInt64(piece.file))
            switch piece.extent {
            case .whole: writer.write(0 as UInt8)
            case .lines(let lines):
                writer.write(1 as UInt8)
                writer.writeVarint(lines.bytes.lowerBound)
                writer.writeVarint(lines.bytes.upperBound - lines.bytes.lowerBound)
                writer.writeVarint(UInt64(lines.firstLine))
                writer.write(lines.isFirst ? 1 : 0 as UInt8)
            case .members(let members):
                writer.write(2 as UInt8)
                members.write(to: writer)
            }
        }
        return writer.copy()
    }

    /// Reads what `encoded` wrote; `nil` for anything else.
    package init?(bytes: UnsafeRawBufferPointer) {
        var reader = ByteReader(bytes)
        guard reader.readByte() == Self.format, let phase = reader.readInt(), let byteCount = reader.readVarint(),
            let count = reader.readInt(), count <= bytes.count
        else { return nil }
        self.init(phase: phase, byteCount: byteCount, pieces: [])
        for _ in 0..<count {
            guard let file = reader.readInt(), let extent = Extent(&reader) else { return nil }
            pieces.append(Piece(file: file, extent: extent))
        }
        guard reader.remaining == 0 else { return nil }
    }
}

extension IngestPart.Extent {
    fileprivate init?(_ reader: inout ByteReader) {
        switch reader.readByte() {
        case 0: self = .whole
        case 1:
            guard let start = reader.readVarint(), let length = reader.readVarint(), let line = reader.readInt(),
                let first = reader.readByte(), length <= UInt64.max - start
            else { return nil }
            self = .lines(IngestPart.Lines(bytes: start..<start + length, firstLine: line, isFirst: first == 1))
        case 2:
            guard let members = IngestPart.Members(&reader) else { return nil }
            self = .members(members)
        default: return nil
        }
    }
}

extension IngestPart.Members {
    fileprivate func write(to writer: ByteWriter) {
        writer.writeVarint(directoryStart)
        writer.writeVarint(UInt64(runs.count))
        for run in runs {
            writer.writeVarint(UInt64(run.first))
            writer.writeVarint(UInt64(run.count))
            writer.writeVarint(run.recordOffset)
            writer.writeVarint(run.recordBytes)
        }
        writer.writeVarint(UInt64(copies.count))
        for copy in copies {
            writer.writeVarint(UInt64(copy.member))
            writer.writeVarint(UInt64(copy.ordinal))
        }
    }

    fileprivate init?(_ reader: inout ByteReader) {
        guard let start = reader.readVarint(), let runCount = reader.readInt(), runCount <= reader.remaining else {
            return nil
        }
        var runs: [ZipSlice.Run] = []
        for _ in 0..<runCount {
            guard let first = reader.readInt(), let count = reader.readInt(), let offset = reader.readVarint(),
                let bytes = reader.readVarint()
            else { return nil }
            runs.append(ZipSlice.Run(first: first, count: count, recordOffset: offset, recordBytes: bytes))
        }
        guard let copyCount = reader.readInt(), copyCount <= reader.remaining else { return nil }
        var copies: [IngestPart.Copy] = []
        for _ in 0..<copyCount {
            guard let member = reader.readInt(), let ordinal = reader.readInt() else { return nil }
            copies.append(IngestPart.Copy(member: member, ordinal: ordinal))
        }
        self.init(directoryStart: start, runs: runs, copies: copies)
    }
}

extension ByteReader {
    /// A number that `writeVarint` wrote and that is no larger than numbers of things can be.
    mutating func readInt() -> Int? {
        readVarint().flatMap { $0 < 1 << 48 ? Int($0) : nil }
    }
}
