package import FHIR

/// What the text of a reference says, read in place.
/// - Source: FHIR R4 references, https://hl7.org/fhir/R4/references.html#literal
package struct ReferenceText {
    package enum Form: Sendable {
        /// "Patient/1", with or without version.
        case relative
        /// "https://example.org/fhir/Patient/1", with or without version.
        case absolute
        /// "#x" or "#": something inside the resource.
        case contained
        /// Any other text: "urn:uuid:…", a conditional reference, a URL that is no FHIR one.
        case other
    }

    package let form: Form
    /// The type, where `form` is relative or absolute.
    package let type: TextSlice
    package let id: TextSlice
    package let version: TextSlice
    /// The text up to the version: what the reference is found by.
    package let key: TextSlice

    package init(_ text: UnsafeRawBufferPointer, definitions: Definitions) {
        if text.first == UInt8(ascii: "#") {
            self.init(.contained, key: text)
            return
        }
        guard let slash = Self.lastSlash(text, before: text.count) else {
            self.init(.other, key: text)
            return
        }
        var idStart = slash + 1
        var idEnd = text.count
        var version = TextSlice()
        if let before = Self.lastSlash(text, before: slash),
            Self.equals(UnsafeRawBufferPointer(rebasing: text[before + 1..<slash]), "_history")
        {
            version = TextSlice(UnsafeRawBufferPointer(rebasing: text[idStart...]))
            idEnd = before
            guard let previous = Self.lastSlash(text, before: before) else {
                self.init(.other, key: text)
                return
            }
            idStart = previous + 1
        }
        let typeStart = Self.lastSlash(text, before: idStart - 1).map { $0 + 1 } ?? 0
        let type = UnsafeRawBufferPointer(rebasing: text[typeStart..<idStart - 1])
        let id = UnsafeRawBufferPointer(rebasing: text[idStart..<idEnd])
        guard definitions.resourceType(named: type) != nil, Self.isID(id),
            typeStart == 0 || Self.isBase(UnsafeRawBufferPointer(rebasing: text[0..<typeStart]))
        else {
            self.init(.other, key: text)
            return
        }
        self.init(
            typeStart == 0 ? .relative : .absolute, type: TextSlice(type), id: TextSlice(id), version: version,
            key: UnsafeRawBufferPointer(rebasing: text[0..<idEnd]))
    }

    private init(
        _ form: Form, type: TextSlice = TextSlice(), id: TextSlice = TextSlice(), version: TextSlice = TextSlice(),
        key: UnsafeRawBufferPointer
    ) {
        self.form = form
        self.type = type
        self.id = id
        self.version = version
        self.key = TextSlice(key)
    }

    private static func lastSlash(_ text: UnsafeRawBufferPointer, before end: Int) -> Int? {
        var offset = end
        while offset > 0 {
            offset -= 1
            if text[offset] == UInt8(ascii: "/") { return offset }
        }
        return nil
    }

    private static func equals(_ text: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
        text.count == literal.utf8CodeUnitCount
            && text.elementsEqual(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Whether the text is a FHIR id: 1 to 64 letters, digits, hyphens and points.
    static func isID(_ text: UnsafeRawBufferPointer) -> Bool {
        guard (1...64).contains(text.count) else { return false }
        return text.allSatisfy { byte in
            byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
    }

    /// Whether the text begins like a URL: a scheme and "://".
    private static func isBase(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0, colon + 2 < text.count else {
            return false
        }
        return text[colon + 1] == UInt8(ascii: "/") && text[colon + 2] == UInt8(ascii: "/")
    }
}
