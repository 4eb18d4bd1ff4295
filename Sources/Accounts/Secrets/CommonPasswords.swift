/// Passwords that attackers try first: a table of words, and what people add to them or make of them.
///
/// A password is one of them if, in lower case, with the usual digits for letters undone and digits and signs at both
/// ends cut off, nothing is left, or a word of the table, or words of it in a row; or if it repeats or counts.
enum CommonPasswords {
    /// Lower case, and letters for the digits and signs that stand for them.
    static func folded(_ text: String) -> String {
        var folded = ""
        for scalar in text.lowercased().unicodeScalars {
            switch scalar {
            case "@", "4": folded.unicodeScalars.append("a")
            case "3", "€": folded.unicodeScalars.append("e")
            case "1", "!", "|": folded.unicodeScalars.append("i")
            case "0": folded.unicodeScalars.append("o")
            case "5", "$": folded.unicodeScalars.append("s")
            case "7", "+": folded.unicodeScalars.append("t")
            default: folded.unicodeScalars.append(scalar)
            }
        }
        return folded
    }

    static func holds(_ password: String) -> Bool {
        let lower = password.lowercased()
        let scalars = Array(lower.unicodeScalars)
        if repeats(scalars) || counts(scalars) || walksKeyboard(lower) { return true }
        let trimmed = trim(lower)
        // Added digits may be years and counts, not a second password of their own.
        if trimmed.unicodeScalars.count + 8 < scalars.count { return trimmed.isEmpty || isMadeOfWords(trimmed) }
        return isMadeOfWords(trimmed) || isMadeOfWords(trim(folded(lower))) || isMadeOfWords(folded(trimmed))
            || isMadeOfWords(folded(lower))
    }

    /// One piece of up to four characters over and over: `aaaaaaaaaaaa`, `abcabcabcabc`; or a longer one twice.
    private static func repeats(_ scalars: [Unicode.Scalar]) -> Bool {
        for length in 1...max(1, scalars.count / 2) where length <= 4 || scalars.count == 2 * length {
            if scalars.indices.allSatisfy({ scalars[$0] == scalars[$0 % length] }) { return length < 8 }
        }
        return Set(scalars).count <= 3
    }

    /// Each character the next or the one before: `123456789012`, `abcdefghijkl`, with one break in it.
    private static func counts(_ scalars: [Unicode.Scalar]) -> Bool {
        for direction: Int64 in [1, -1] {
            let breaks = zip(scalars, scalars.dropFirst()).count { first, second in
                Int64(second.value) - Int64(first.value) != direction
            }
            if breaks <= 1 { return true }
        }
        return false
    }

    /// All of it along rows and columns of the keyboard, in pieces of at least three.
    private static func walksKeyboard(_ text: String) -> Bool {
        covers(Array(text.unicodeScalars), pieceMin: 3) { piece in walks.contains { $0.contains(piece) } }
    }

    private static let walks: [String] = {
        let rows = [
            "`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./", "~!@#$%^&*()_+", "qwertzuiop", "azertyuiop",
            "qsdfghjklm", "wxcvbn", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "zaq1xsw2cde3vfr4bgt5nhy6mju7",
            "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujmikolp", "789456123", "147258369",
            "01234567890123456789", "abcdefghijklmnopqrstuvwxyz",
        ]
        return rows + rows.map { String($0.reversed()) }
    }()

    private static func trim(_ text: String) -> String {
        let isLetter: (Unicode.Scalar) -> Bool = { $0.properties.isAlphabetic }
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.firstIndex(where: isLetter), let last = scalars.lastIndex(where: isLetter) else {
            return ""
        }
        var trimmed = String.UnicodeScalarView()
        trimmed.append(contentsOf: scalars[first...last])
        return String(trimmed)
    }

    private static func isMadeOfWords(_ text: String) -> Bool {
        var bare = String.UnicodeScalarView()
        bare.append(contentsOf: text.unicodeScalars.filter { $0.properties.isAlphabetic })
        let scalars = Array(bare)
        return !scalars.isEmpty && scalars.count <= 48
            && covers(scalars, pieceMin: 2, piecesMax: 3) { words.contains($0) }
    }

    /// Whether pieces that `fits` takes, one behind the other, make up the whole.
    private static func covers(
        _ scalars: [Unicode.Scalar], pieceMin: Int, piecesMax: Int = .max, fits: (String) -> Bool
    ) -> Bool {
        // How few pieces reach each place.
        var reached = [Int?](repeating: nil, count: scalars.count + 1)
        reached[0] = 0
        for start in scalars.indices {
            guard let before = reached[start], before < piecesMax else { continue }
            var piece = String.UnicodeScalarView()
            for end in start..<min(scalars.count, start + 20) {
                piece.append(scalars[end])
                guard end - start + 1 >= pieceMin, fits(String(piece)) else { continue }
                reached[end + 1] = min(reached[end + 1] ?? .max, before + 1)
            }
        }
        return (reached[scalars.count] ?? .max) <= piecesMax && reached[scalars.count] != nil
    }
}
