/// Blanks the comments and string literals of Swift source, so that rules see code alone.
///
/// The result has as many bytes and the same line breaks as the source. What an interpolation holds is code and
/// stays; quotes stay as marks of where a literal was. In an identifier in backticks, what no plain identifier could
/// hold becomes `_`, so that a test named by a sentence stays one word.
struct SwiftMask {
    private let source: [UInt8]
    private var masked: [UInt8]
    private var index = 0

    /// The masked bytes of `text`.
    static func code(of text: String) -> [UInt8] {
        var mask = SwiftMask(source: Array(text.utf8))
        mask.scanCode(inInterpolation: false)
        return mask.masked
    }

    private init(source: [UInt8]) {
        self.source = source
        masked = source
    }

    private func byte(_ ahead: Int = 0) -> UInt8? {
        index + ahead < source.count ? source[index + ahead] : nil
    }

    private func at(_ text: StaticString) -> Bool {
        for offset in 0..<text.utf8CodeUnitCount where byte(offset) != text.utf8Start[offset] { return false }
        return true
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where index < source.count {
            if source[index] != UInt8(ascii: "\n") { masked[index] = UInt8(ascii: " ") }
            index += 1
        }
    }

    private mutating func scanCode(inInterpolation: Bool) {
        var depth = 0
        while let next = byte() {
            switch next {
            case UInt8(ascii: "/") where at("//"):
                while let inside = byte(), inside != UInt8(ascii: "\n") { blank() }
            case UInt8(ascii: "/") where at("/*"):
                scanBlockComment()
            case UInt8(ascii: "/") where startsRegex():
                scanRegex(hashes: 0)
            case UInt8(ascii: "#"):
                let hashes = source[index...].prefix { $0 == UInt8(ascii: "#") }.count
                switch byte(hashes) {
                case UInt8(ascii: "\""): scanString(hashes: hashes)
                case UInt8(ascii: "/"): scanRegex(hashes: hashes)
                default: index += hashes
                }
            case UInt8(ascii: "\""):
                scanString(hashes: 0)
            case UInt8(ascii: "`"):
                scanBacktickIdentifier()
            case UInt8(ascii: "("):
                depth += 1
                index += 1
            case UInt8(ascii: ")"):
                index += 1
                if inInterpolation && depth == 0 { return }
                depth -= 1
            default:
                index += 1
            }
        }
    }

    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if at("/*") {
                depth += 1
                blank(2)
            } else if at("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && index < source.count
    }

    private mutating func scanString(hashes: Int) {
        blank(hashes)
        let isMultiline = at("\"\"\"")
        let quotes = isMultiline ? 3 : 1
        index += quotes
        while let next = byte() {
            if next == UInt8(ascii: "\\"), isRun(of: UInt8(ascii: "#"), count: hashes, from: 1) {
                blank(1 + hashes)
                if byte() == UInt8(ascii: "(") {
                    index += 1
                    scanCode(inInterpolation: true)
                } else {
                    blank()
                }
            } else if isRun(of: UInt8(ascii: "\""), count: quotes, from: 0),
                isRun(of: UInt8(ascii: "#"), count: hashes, from: quotes)
            {
                index += quotes
                blank(hashes)
                return
            } else if next == UInt8(ascii: "\n") && !isMultiline {
                return
            } else {
                blank()
            }
        }
    }

    private func isRun(of mark: UInt8, count: Int, from start: Int) -> Bool {
        (0..<count).allSatisfy { byte(start + $0) == mark }
    }

    /// Whether the slash here opens a regular expression: what stands before it cannot end an operand, no blank follows,
    /// and the same line has a closing slash.
    private func startsRegex() -> Bool {
        guard let next = byte(1), !" \t\n)=,".utf8.contains(next) else { return false }
        let before = source[..<index].last { $0 != UInt8(ascii: " ") } ?? UInt8(ascii: "\n")
        guard "([{,=:\n&|?".utf8.contains(before) else { return false }
        return source[(index + 1)...].prefix { $0 != UInt8(ascii: "\n") }.contains(UInt8(ascii: "/"))
    }

    private mutating func scanRegex(hashes: Int) {
        blank(hashes + 1)
        let isMultiline = hashes > 0 && byte() == UInt8(ascii: "\n")
        while let next = byte() {
            if next == UInt8(ascii: "\\") {
                blank(2)
            } else if next == UInt8(ascii: "/"), isRun(of: UInt8(ascii: "#"), count: hashes, from: 1) {
                blank(1 + hashes)
                return
            } else if next == UInt8(ascii: "\n") && !isMultiline {
                return
            } else {
                blank()
            }
        }
    }

    private mutating func scanBacktickIdentifier() {
        index += 1
        while let next = byte(), next != UInt8(ascii: "`"), next != UInt8(ascii: "\n") {
            if !SwiftToken.isWordByte(next) { masked[index] = UInt8(ascii: "_") }
            index += 1
        }
        if byte() == UInt8(ascii: "`") { index += 1 }
    }
}
