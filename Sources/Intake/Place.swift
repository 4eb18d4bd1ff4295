/// Where in the input something lies.
package struct Place: Sendable, Hashable, CustomStringConvertible {
    /// The file as the user named it; members of archives follow after `!/`, `a.zip!/b.zip!/Patient.ndjson`.
    package var file: String
    /// Line of an NDJSON file, counted from 1.
    package var line: Int?
    /// Index in `Bundle.entry` or in a top-level array, counted from 0.
    package var entry: Int?
    /// Number of the member in its archive in stored order, counted from 1.
    package var member: Int?
    /// Bytes of the unpacked file before the place.
    package var offset: UInt64

    package init(file: String, line: Int? = nil, entry: Int? = nil, member: Int? = nil, offset: UInt64 = 0) {
        self.file = file
        self.line = line
        self.entry = entry
        self.member = member
        self.offset = offset
    }

    package var description: String {
        if let line { return "\(file) line \(line)" }
        if let entry { return "\(file) entry \(entry)" }
        return file
    }
}
