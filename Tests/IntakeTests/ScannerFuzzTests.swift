import Base
import Foundation
import Testing

import Intake

/// The splitter against a plain one that looks at one byte at a time.
@Suite struct ScannerFuzzTests {
    @Test func `entries in pieces of any size equal those of the plain splitter`() throws {
        for seed in 0..<300 {
            var random = SeededRandom(seed: UInt64(seed))
            var maker = JSONMaker(random: random)
            let elements = (0..<Int.random(in: 0...12, using: &random)).map { _ in maker.object(depth: 0) }
            let text =
                Array(#"{"a":[1,{"entry":[]}],"entry" : ["#.utf8) + Array(elements.joined(separator: ",\n").utf8)
                + Array(#" ] ,"type":"batch"}"#.utf8)
            let expected = plainElements(text)
            #expect(expected == elements)
            let found = Recorder()
            let scanner = BundleScanner(receiver: found, limits: IntakeLimits(), offset: 0)
            var start = 0
            while start < text.count {
                let end = min(text.count, start + Int.random(in: 1...200, using: &random))
                try text[start..<end].withUnsafeBytes { try scanner.feed($0) }
                start = end
            }
            try scanner.finish()
            #expect(found.entries == expected)
            #expect(found.refusals.isEmpty)
            #expect(scanner.head.type == "batch")
        }
    }

    @Test func `no damage makes bytes vanish or entries appear in two places`() throws {
        for seed in 0..<2000 {
            var random = SeededRandom(seed: UInt64(seed) &+ 7_000)
            var maker = JSONMaker(random: random)
            let elements = (0..<8).map { #"{"fullUrl":"urn:\#($0)","resource":"# + maker.object(depth: 1) + "}" }
            var text =
                Array(#"{"resourceType":"Bundle","entry":["#.utf8)
                + Array(elements.joined(separator: ",").utf8) + Array("]}".utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: text.remove(at: place)
                case 1: text[place] = Array("{}[]\",:\\x\n".utf8).randomElement(using: &random) ?? 0
                case 2: text.insert(Array("{}[]\",:\\".utf8).randomElement(using: &random) ?? 0, at: place)
                default: text.removeSubrange(place..<min(text.count, place + 20))
                }
            }
            let found = Recorder()
            var limits = IntakeLimits()
            limits.resourceBytesMax = seed % 2 == 0 ? 150 : 1 << 20
            let scanner = BundleScanner(receiver: found, limits: limits, offset: 0)
            var start = 0
            while start < text.count {
                let end = min(text.count, start + Int.random(in: 1...100, using: &random))
                try text[start..<end].withUnsafeBytes { try scanner.feed($0) }
                start = end
            }
            try scanner.finish()
            #expect(found.isBalanced)
            var last = 0
            var lastIndex = -1
            for (index, offset, bytes) in found.placed {
                #expect(index > lastIndex && offset >= last)
                #expect(Array(text[offset..<offset + bytes.count]) == bytes)
                last = offset + bytes.count
                lastIndex = index
            }
            // All but the Bundle's own few bytes and the commas is either handed on or refused.
            let kept = found.placed.reduce(0) { $0 + $1.2.count } + found.refusedBytes
            if scanner.hasEntries { #expect(kept >= text.count - 80, "seed \(seed)") }
        }
    }

    @Test func `the strict checker and the fast skipper agree on well-formed values`() {
        for seed in 0..<500 {
            var random = SeededRandom(seed: UInt64(seed) &+ 99)
            var maker = JSONMaker(random: random)
            let text = Array((maker.object(depth: 0) + ",tail").utf8)
            text.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                var skipper = ValueSkipper(depthMax: 64)
                var checker = JSONChecker()
                var fast = 0
                var strict = 0
                var fastDone = false
                var strictDone = false
                while !fastDone || !strictDone {
                    let step = Int.random(in: 1...90, using: &random)
                    if !fastDone, case .done = skipper.run(base, &fast, min(bytes.count, fast + step)) {
                        fastDone = true
                    }
                    if !strictDone, case .done = checker.run(base, &strict, min(bytes.count, strict + step)) {
                        strictDone = true
                    }
                    if fast == bytes.count || strict == bytes.count { break }
                }
                #expect(fast == text.count - 5 && strict == fast)
            }
        }
    }

    @Test func `block masks of eight bytes at a time equal those of one`() {
        var random = SeededRandom(seed: 4)
        let alphabet = Array("\"\\{}[]aZ:, 0\u{7F}é\n_yY|&^".utf8) + [0, 0xFF, 0x80]
        for _ in 0..<2000 {
            let bytes = (0..<64).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            guard let full = bytes.withUnsafeBytes({ $0.baseAddress.map { ByteMasks(full: $0) } }) else { continue }
            for (index, byte) in bytes.enumerated() {
                #expect((full.quotes >> UInt64(index) & 1 == 1) == (byte == 0x22))
                #expect((full.backslashes >> UInt64(index) & 1 == 1) == (byte == 0x5C))
                let isBracket = "{}[]Yy_\u{7F}".utf8.contains(byte)
                #expect((full.brackets >> UInt64(index) & 1 == 1) == isBracket)
            }
        }
    }

    /// Elements of the first `entry` array at depth 1.
    private func plainElements(_ text: [UInt8]) -> [String] {
        var elements: [String] = []
        var depth = 0
        var inString = false
        var escaped = false
        var start = 0
        var isEntry = false
        for (index, byte) in text.enumerated() {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == 0x5C {
                    escaped = true
                } else if byte == 0x22 {
                    inString = false
                }
                continue
            }
            switch byte {
            case 0x22: inString = true
            case 0x7B, 0x5B:
                if depth == 1 { isEntry = text[..<index].suffix(12).contains(sequence: Array("\"entry\"".utf8)) }
                if depth == 2 && isEntry { start = index }
                depth += 1
            case 0x7D, 0x5D:
                depth -= 1
                if depth == 2 && isEntry { elements.append(String(decoding: text[start...index], as: UTF8.self)) }
            default: break
            }
        }
        return elements
    }
}

extension ArraySlice<UInt8> {
    fileprivate func contains(sequence: [UInt8]) -> Bool {
        guard count >= sequence.count else { return false }
        return (startIndex...endIndex - sequence.count).contains { self[$0...].starts(with: sequence) }
    }
}

/// Keeps what a scanner finds.
private final class Recorder: BundleReceiver {
    var placed: [(Int, Int, [UInt8])] = []
    var refusals: [BundleRefusal] = []
    var refusedBytes = 0
    var open = 0
    var isBalanced: Bool { open == 0 }
    var entries: [String] { placed.map { String(decoding: $0.2, as: UTF8.self) } }

    func entry(_ bytes: UnsafeRawBufferPointer, index: Int, offset: UInt64) {
        #expect(open == 0)
        placed.append((index, Int(offset), Array(bytes)))
    }

    func beginRefusal(_ refusal: BundleRefusal) {
        #expect(open == 0)
        open += 1
        refusals.append(refusal)
    }

    func refused(_ bytes: UnsafeRawBufferPointer) {
        #expect(open == 1)
        refusedBytes += bytes.count
    }

    func endRefusal() {
        #expect(open == 1)
        open -= 1
    }
}

/// Writes random JSON that is hard on a scanner: brackets, quotes and backslashes in strings, odd blanks.
struct JSONMaker {
    var random: SeededRandom

    mutating func object(depth: Int) -> String {
        let count = Int.random(in: 0...4, using: &random)
        return "{"
            + (0..<count).map { _ in blank() + string() + blank() + ":" + value(depth + 1) }.joined(separator: ",")
            + blank() + "}"
    }

    private mutating func value(_ depth: Int) -> String {
        switch Int.random(in: 0...(depth > 5 ? 3 : 6), using: &random) {
        case 0: return blank() + "-12.50e+3"
        case 1: return ["true", "false", "null"].randomElement(using: &random) ?? "null"
        case 2, 3: return string()
        case 4: return object(depth: depth)
        default:
            let count = Int.random(in: 0...3, using: &random)
            return "[" + (0..<count).map { _ in value(depth + 1) }.joined(separator: ",") + "]"
        }
    }

    private mutating func string() -> String {
        let parts = [
            "\\\"", "\\\\", "{", "}", "[", "]", "a", "é", "\\u00e9", ",", ":", "\\n", "\\\\\\\"", "entry", "yY_",
        ]
        let count = Int.random(in: 0...Int.random(in: 1...30, using: &random), using: &random)
        return "\"" + (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined() + "\""
    }

    private mutating func blank() -> String {
        ["", "", " ", "\n\t", "\r\n  "].randomElement(using: &random) ?? ""
    }
}
