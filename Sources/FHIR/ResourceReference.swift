/// The parts of a reference's text, as places in its bytes; nothing is copied.
package struct ResourceReference: Sendable {
    package enum Kind: UInt8, Sendable {
        /// `Patient/1`, `Patient/1/_history/2`.
        case relative
        /// Text with a scheme, such as `http://host/fhir/Patient/1`; `type` and `id` are set where it ends like that.
        case absolute
        /// `urn:uuid:…`, `urn:oid:…`; `id` is what follows.
        case urn
        /// `#id` within the resource; `#` alone means the container.
        case contained
        /// `Practitioner?identifier=system|value`.
        case conditional
        /// Nothing of these.
        case other
    }

    package let kind: Kind
    /// The resource type that the text names.
    package var type: TypeID?
    package var id: Range<Int> = 0..<0
    /// What follows `/_history/` or, for a canonical, `|`; empty where there is none.
    package var version: Range<Int> = 0..<0
    /// What follows `?`; empty where there is none.
    package var query: Range<Int> = 0..<0
    /// What follows `#`; empty where there is none.
    package var fragment: Range<Int> = 0..<0
    /// Of an absolute reference, what stands before `/Type/id`: the server's base.
    package var base: Range<Int> = 0..<0
    /// The text without version of a canonical, query and fragment.
    package var url: Range<Int> = 0..<0

    /// Takes a text apart.
    package init(_ text: UnsafeRawBufferPointer, definitions: Definitions) {
        url = 0..<text.count
        if text.first == UInt8(ascii: "#") {
            kind = .contained
            id = 1..<text.count
            fragment = id
            url = 0..<0
            return
        }
        if hasPrefix(text, "urn:uuid:") || hasPrefix(text, "urn:oid:") {
            let start = hasPrefix(text, "urn:uuid:") ? 9 : 8
            let end = text.firstIndex { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "#") } ?? text.count
            kind = end > start ? .urn : .other
            id = start..<max(start, end)
            url = 0..<end
            if end < text.count { setTail(text, at: end) }
            return
        }
        let end = text.firstIndex { byte in
            byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "|")
        }
        let pathEnd = end ?? text.count
        let path = UnsafeRawBufferPointer(rebasing: text[..<pathEnd])
        let schemeEnd = Self.schemeEnd(path)
        let target = Self.target(path, from: schemeEnd ?? 0, definitions)
        let isWhole = target.map { $0.start == 0 } ?? false
        if schemeEnd != nil {
            kind = .absolute
        } else if let end, text[end] == UInt8(ascii: "?"),
            let named = definitions.resourceType(named: path)
        {
            kind = .conditional
            type = named
        } else {
            kind = isWhole ? .relative : .other
        }
        url = 0..<pathEnd
        if let target, kind == .absolute || kind == .relative {
            type = target.type
            id = target.id
            version = target.version
            base = 0..<max(0, target.start - 1)
        }
        if let end { setTail(text, at: end) }
    }

    /// Reads what follows the path: `?query`, `|version`, `#fragment`.
    private mutating func setTail(_ text: UnsafeRawBufferPointer, at start: Int) {
        let mark = text[start]
        var end = text.count
        if mark != UInt8(ascii: "#"), let hash = text[start...].firstIndex(of: UInt8(ascii: "#")) {
            end = hash
            fragment = hash + 1..<text.count
        }
        switch mark {
        case UInt8(ascii: "?"): query = start + 1..<end
        case UInt8(ascii: "|"): version = start + 1..<end
        default: fragment = start + 1..<end
        }
    }

    /// Where what follows `scheme:` starts.
    /// - Source: RFC 3986 §3.1.
    private static func schemeEnd(_ text: UnsafeRawBufferPointer) -> Int? {
        for (offset, byte) in text.enumerated() {
            if byte == UInt8(ascii: ":") { return offset > 0 ? offset + 1 : nil }
            let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26
            let isOther = isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            guard isLetter || offset > 0 && (isOther || byte == UInt8(ascii: ".")) else { return nil }
        }
        return nil
    }

    /// Finds `Type/id` or `Type/id/_history/version` at the end of a path.
    private static func target(
        _ path: UnsafeRawBufferPointer, from start: Int, _ definitions: Definitions
    ) -> (type: TypeID, start: Int, id: Range<Int>, version: Range<Int>)? {
        var last = segment(path, before: path.count, from: start)
        var version = 0..<0
        guard var before = last.lowerBound > start ? segment(path, before: last.lowerBound - 1, from: start) : nil
        else { return nil }
        if bytes(path, before, equal: "_history") {
            guard before.lowerBound > start, isID(UnsafeRawBufferPointer(rebasing: path[last])) else { return nil }
            version = last
            last = segment(path, before: before.lowerBound - 1, from: start)
            guard last.lowerBound > start else { return nil }
            before = segment(path, before: last.lowerBound - 1, from: start)
        }
        guard isID(UnsafeRawBufferPointer(rebasing: path[last])),
            let type = definitions.resourceType(named: UnsafeRawBufferPointer(rebasing: path[before]))
        else { return nil }
        return (type, before.lowerBound, last, version)
    }

    private static func segment(_ path: UnsafeRawBufferPointer, before end: Int, from start: Int) -> Range<Int> {
        var first = end
        while first > start && path[first - 1] != UInt8(ascii: "/") { first -= 1 }
        return first..<end
    }

    private static func bytes(
        _ path: UnsafeRawBufferPointer, _ range: Range<Int>, equal literal: StaticString
    ) -> Bool {
        range.count == literal.utf8CodeUnitCount
            && hasPrefix(UnsafeRawBufferPointer(rebasing: path[range]), literal)
    }
}
