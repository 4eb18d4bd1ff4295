internal import Glibc

/// One leaf file of the input: on disk, on standard input, or in an archive.
package final class SourceFile: Sendable {
    /// The file as in `Place.file`.
    package let path: String
    /// Order of the file in the run, from 0.
    package let ordinal: Int
    /// Its class in the order of a run: lower classes hold what higher ones refer to. See `FileRank`.
    package let rank: Int
    /// Number of the member in its archive, from 1; `nil` outside archives.
    package let member: Int?

    package init(path: String, ordinal: Int, rank: Int, member: Int?) {
        self.path = path
        self.ordinal = ordinal
        self.rank = rank
        self.member = member
    }
}

/// A piece of the input that one worker takes whole: bytes, and where each of its resources lies.
package struct RawUnit: Sendable {
    /// How the bytes are cut.
    package enum Shape: Sendable {
        /// Whole lines of NDJSON, a resource (or a Bundle) each.
        case lines
        /// One whole JSON document: a Bundle, a resource, or an array of resources. The taker finds out which.
        case document
        /// `Bundle.entry` elements (objects with `fullUrl`, `resource`, `request`) of a Bundle too large for one unit.
        case entries
        /// Elements of a top-level array too large for one unit: resources.
        case elements
    }

    /// Where an entry lies in the unit and in its file.
    package struct Cut: Sendable {
        package var start: Int
        package var count: Int
        package var index: Int
        package var offset: UInt64
    }

    /// Order of the unit in the run, from 0, without gaps.
    package let ordinal: Int
    package let file: SourceFile
    package let shape: Shape
    /// The Bundle that `entries` are from.
    package let bundle: BundleContext?
    package let storage: UnitBytes
    /// Number of the first line, from 1; 1 for other shapes.
    package let firstLine: Int
    /// Where the unit starts in its file.
    package let offset: UInt64
    /// One for each entry or element; empty for lines and documents.
    package let cuts: [Cut]

    /// A unit of sealed bytes (`UnitBytes.seal`).
    package init(
        ordinal: Int, file: SourceFile, shape: Shape, bundle: BundleContext?, storage: UnitBytes, firstLine: Int,
        offset: UInt64, cuts: [Cut]
    ) {
        self.ordinal = ordinal
        self.file = file
        self.shape = shape
        self.bundle = bundle
        self.storage = storage
        self.firstLine = firstLine
        self.offset = offset
        self.cuts = cuts
    }

    /// Calls `body` with each line, entry or element, or the whole document, in order. Blank lines are left out, and so
    /// are the CR of CRLF. At least `UnitBytes.padding` readable bytes follow each slice.
    @inlinable
    package func forEachSlice<Failure: Error>(_ body: (RawSlice) throws(Failure) -> Void) throws(Failure) {
        switch shape {
        case .document:
            try body(RawSlice(bytes: storage.bytes, line: nil, entry: nil, offset: offset))
        case .entries, .elements:
            let bytes = storage.bytes
            for cut in cuts {
                let slice = UnsafeRawBufferPointer(rebasing: bytes[cut.start..<cut.start + cut.count])
                try body(RawSlice(bytes: slice, line: nil, entry: cut.index, offset: cut.offset))
            }
        case .lines:
            let bytes = storage.bytes
            var start = 0
            var line = firstLine
            while start < bytes.count {
                let end = newline(in: bytes, from: start)
                if let range = trimmedLine(bytes, start, end) {
                    let slice = UnsafeRawBufferPointer(rebasing: bytes[range])
                    let place = offset + UInt64(range.lowerBound)
                    try body(RawSlice(bytes: slice, line: line, entry: nil, offset: place))
                }
                start = end + 1
                line += 1
            }
        }
    }

    /// The place of a slice of this unit.
    package func place(of slice: RawSlice) -> Place {
        Place(file: file.path, line: slice.line, entry: slice.entry, member: file.member, offset: slice.offset)
    }
}

/// The bytes of one resource, entry or document, borrowed from its unit, and where they lie in the file.
package struct RawSlice {
    package let bytes: UnsafeRawBufferPointer
    /// From 1.
    package let line: Int?
    /// From 0.
    package let entry: Int?
    /// Bytes of the file before the slice.
    package let offset: UInt64

    @inlinable
    package init(bytes: UnsafeRawBufferPointer, line: Int?, entry: Int?, offset: UInt64) {
        self.bytes = bytes
        self.line = line
        self.entry = entry
        self.offset = offset
    }
}

extension UnsafeRawBufferPointer {
    /// Index of the next `byte` at or behind `start`, or the end.
    @usableFromInline
    package func index(of byte: UInt8, from start: Int) -> Int {
        guard let base = baseAddress, start < count, let found = memchr(base + start, Int32(byte), count - start) else {
            return count
        }
        return UnsafeRawPointer(found) - base
    }
}

/// Index of the next LF at or behind `start`, or the end.
@usableFromInline
package func newline(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    bytes.index(of: 0x0A, from: start)
}

/// The line without blanks at both ends; `nil` where nothing remains.
@usableFromInline
package func trimmedLine(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Range<Int>? {
    var low = start
    var high = end
    while low < high, isBlank(bytes[low]) { low += 1 }
    while high > low, isBlank(bytes[high - 1]) { high -= 1 }
    return low < high ? low..<high : nil
}

/// Space, tab, LF or CR.
@inlinable
package func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}
