internal import FHIR
internal import JSONTape

/// Which texts of a resource `_text` and `_content` look at.
package enum TextScope: String, Sendable, CaseIterable {
    /// The narrative: `text.div`.
    case narrative = "_text"
    /// Every text in it, the narrative too.
    case content = "_content"

    var kind: IndexEntry.Kind { self == .narrative ? .narrative : .content }
}

extension SearchExtractor {
    /// Appends one entry with the normalised texts.
    func appendTexts(_ resource: JSONValue, _ scope: TextScope) {
        var texts = TextGatherer(div: names.div)
        switch scope {
        case .narrative:
            if let text = resource.member(numbered: names.text), let div = text.member(numbered: names.div) {
                texts.add(narrative: div)
            }
        case .content: texts.add(resource)
        }
        let memory = entries.reserve(texts.bytes.count)
        memory.copyBytes(from: texts.bytes)
        var entry = IndexEntry(path: IndexEntry.noPath, kind: scope.kind)
        entry.first = entries.commit(memory, count: texts.bytes.count)
        entries.append(entry)
    }
}

/// Gathers texts, normalised, with separators between.
private struct TextGatherer {
    let div: UInt16
    private(set) var bytes: [UInt8] = []

    init(div: UInt16) {
        self.div = div
    }

    mutating func add(_ value: JSONValue) {
        if value.isString {
            append(value.utf8)
        } else if value.isArray {
            for element in value.elements { add(element) }
        } else if value.isObject {
            for member in value.members {
                if member.number == div { add(narrative: member.value) } else { add(member.value) }
            }
        }
    }

    mutating func add(narrative: JSONValue) {
        if narrative.isString { append(markup: narrative.utf8) }
    }

    private mutating func append(_ text: UnsafeRawBufferPointer) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: text.count + 1))
        let count = bytes.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map {
                TextNormalizer.normalize(text, into: ($0 + start).assumingMemoryBound(to: UInt8.self))
            } ?? 0
        }
        bytes.removeLast(text.count + 1 - count)
        bytes.append(WordExpression.separator)
    }

    /// Appends what stands between the tags of XHTML. A tag parts words only where it is one of a block, so that
    /// `H<sub>2</sub>O` is one word.
    private mutating func append(markup: UnsafeRawBufferPointer) {
        var plain: [UInt8] = []
        plain.reserveCapacity(markup.count)
        var rest = markup[...]
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "<"):
                guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return append(plain) }
                if !Self.isInline(rest[rest.startIndex..<end]) { plain.append(UInt8(ascii: " ")) }
                rest = rest[(end + 1)...]
            case UInt8(ascii: "&"):
                let end = rest.prefix(Self.entityMax).firstIndex(of: UInt8(ascii: ";"))
                let name = end.map { String(decoding: rest[(rest.startIndex + 1)..<$0], as: UTF8.self) } ?? ""
                plain.append(contentsOf: Self.character(name).utf8)
                rest = end.map { rest[($0 + 1)...] } ?? rest.dropFirst()
            default:
                plain.append(byte)
                rest = rest.dropFirst()
            }
        }
        append(plain)
    }

    private mutating func append(_ plain: [UInt8]) {
        plain.withUnsafeBytes { append($0) }
    }

    private static let entityMax = 12
    private static let inlineTags: Set<String> = [
        "b", "i", "em", "strong", "sub", "sup", "span", "small", "big", "tt", "a",
    ]

    private static func isInline(_ tag: Slice<UnsafeRawBufferPointer>) -> Bool {
        let name = tag.dropFirst().drop { $0 == UInt8(ascii: "/") }.prefix { $0 >= UInt8(ascii: "0") }
        return inlineTags.contains(String(decoding: name, as: UTF8.self))
    }

    /// The character that an entity stands for; a space for one that is not known.
    private static func character(_ entity: String) -> String {
        switch entity {
        case "amp": return "&"
        case "apos": return "'"
        case "lt", "gt", "quot", "nbsp": return " "
        default:
            guard entity.hasPrefix("#") else { return " " }
            let digits = entity.dropFirst()
            let code = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return code.flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? " "
        }
    }
}
