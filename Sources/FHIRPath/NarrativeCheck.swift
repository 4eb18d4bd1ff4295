/// FHIR's rules for the XHTML of a narrative: one `div` with elements for formatting, no scripts, forms, frames, and
/// some content.
/// - Source: FHIR R4 narrative, txt-1 and txt-2, https://hl7.org/fhir/R4/narrative.html#Narrative.
struct NarrativeCheck {
    private static let elements: Set<String> = [
        "p", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "a", "span", "b", "em", "i", "strong", "small", "big",
        "tt", "dfn", "q", "var", "abbr", "acronym", "cite", "blockquote", "hr", "address", "bdo", "kbd", "sub", "sup",
        "ul", "ol", "li", "dl", "dt", "dd", "pre", "table", "caption", "colgroup", "col", "thead", "tr", "tfoot",
        "tbody", "th", "td", "code", "samp", "img", "map", "area", "ins", "del", "u", "s", "strike", "center", "font",
    ]

    private static let attributes: Set<String> = [
        "title", "style", "class", "id", "lang", "xml:lang", "dir", "accesskey", "tabindex", "span", "width", "align",
        "valign", "char", "charoff", "abbr", "axis", "headers", "scope", "rowspan", "colspan", "href", "hreflang",
        "rel", "rev", "charset", "type", "name", "src", "alt", "longdesc", "height", "usemap", "ismap", "shape",
        "coords", "border", "cellpadding", "cellspacing", "rules", "frame", "summary", "cite", "datetime", "bgcolor",
        "color", "size", "face", "start", "value", "compact", "nowrap", "noshade", "clear", "hspace", "vspace",
        "xmlns", "xml:space", "background",
    ]

    /// How deep elements may nest.
    private static let depthMax = 200

    private let text: UnsafeRawBufferPointer
    private var offset = 0
    private var open: [String] = []
    private var hasContent = false

    /// Whether the text keeps the rules.
    static func passes(_ text: UnsafeRawBufferPointer) -> Bool {
        var check = NarrativeCheck(text: text)
        return check.run()
    }

    private init(text: UnsafeRawBufferPointer) {
        self.text = text
    }

    private var current: UInt8 { offset < text.count ? text[offset] : 0 }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private mutating func run() -> Bool {
        skipSpace()
        var isFirst = true
        while offset < text.count {
            if current == UInt8(ascii: "<") {
                offset += 1
                guard tag(isFirst: isFirst) else { return false }
                isFirst = false
            } else {
                guard !isFirst, content() else { return false }
            }
        }
        return !isFirst && open.isEmpty && hasContent
    }

    private mutating func skipSpace() {
        while Self.isSpace(current) { offset += 1 }
    }

    /// Text between tags. Outside of the `div` only white space may stand.
    private mutating func content() -> Bool {
        if current == UInt8(ascii: "&") {
            let end = text[offset...].prefix(12).firstIndex(of: UInt8(ascii: ";"))
            guard let end, end > offset + 1, !open.isEmpty else { return false }
            hasContent = hasContent || !text[offset..<end].elementsEqual("&nbsp".utf8)
            offset = end + 1
            return true
        }
        if !Self.isSpace(current) {
            guard !open.isEmpty else { return false }
            hasContent = true
        }
        offset += 1
        return true
    }

    private mutating func tag(isFirst: Bool) -> Bool {
        if skip("!--") {
            while offset < text.count, !text[offset...].starts(with: "-->".utf8) { offset += 1 }
            return skip("-->") && !isFirst
        }
        if current == UInt8(ascii: "/") {
            offset += 1
            let name = name()
            skipSpace()
            guard current == UInt8(ascii: ">"), open.popLast() == name else { return false }
            offset += 1
            return true
        }
        let name = name()
        guard Self.elements.contains(name), isFirst ? name == "div" : !open.isEmpty, open.count < Self.depthMax else {
            return false
        }
        if name == "img" { hasContent = true }
        while true {
            let isApart = Self.isSpace(current)
            skipSpace()
            if current == UInt8(ascii: ">") {
                offset += 1
                open.append(name)
                return true
            }
            if current == UInt8(ascii: "/") { return skip("/>") }
            guard isApart, attribute() else { return false }
        }
    }

    private mutating func attribute() -> Bool {
        let name = name()
        guard Self.attributes.contains(name) || name.hasPrefix("xmlns:") else { return false }
        skipSpace()
        guard current == UInt8(ascii: "=") else { return false }
        offset += 1
        skipSpace()
        let quote = current
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return false }
        offset += 1
        let start = offset
        while offset < text.count, current != quote {
            guard current != UInt8(ascii: "<") else { return false }
            offset += 1
        }
        guard offset < text.count else { return false }
        defer { offset += 1 }
        return !(name == "href" || name == "src") || !isScript(text[start..<offset])
    }

    /// Whether a link runs a script.
    private func isScript(_ link: Slice<UnsafeRawBufferPointer>) -> Bool {
        let scheme = link.lazy.filter { $0 > 0x20 }.prefix(11).map { $0 | 0x20 }
        return scheme.starts(with: "javascript".utf8) || scheme.starts(with: "vbscript".utf8)
    }

    private mutating func name() -> String {
        let start = offset
        while offset < text.count, isDigit(current) || (current | 0x20) &- 0x61 < 26 || ":-_".utf8.contains(current) {
            offset += 1
        }
        return String(decoding: text[start..<offset], as: UTF8.self)
    }

    private mutating func skip(_ wanted: String) -> Bool {
        guard text[offset...].starts(with: wanted.utf8) else { return false }
        offset += wanted.utf8.count
        return true
    }
}
