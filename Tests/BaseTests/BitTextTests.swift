import Base
import Testing

/// Base32 and the base64 of URLs.
@Suite struct BitTextTests {
    private static let plain = ["", "f", "fo", "foo", "foob", "fooba", "foobar"]

    private static func base64(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { Base64URL.encode($0) }
    }

    /// RFC 4648 section 10, without the padding.
    @Test func `texts agree with the published vectors`() {
        let base32 = ["", "MY", "MZXQ", "MZXW6", "MZXW6YQ", "MZXW6YTB", "MZXW6YTBOI"]
        let base64 = ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]
        #expect(Self.plain.map { Base32.encode(Array($0.utf8)) } == base32)
        #expect(Self.plain.map { Self.base64(Array($0.utf8)) } == base64)
        #expect(Self.base64([0xfb, 0xff, 0xfe]) == "-__-")
    }

    @Test func `bytes of every length are read back`() {
        var random = SeededRandom(seed: 32)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Self.base64(bytes)) == bytes)
        }
    }

    @Test func `a text is read only if it is the one that its bytes are written as`() {
        var random = SeededRandom(seed: 64)
        let characters = Array("ABCDZMYabcz0123456789-_+/= é".utf8)
        var read = (base32: 0, base64: 0)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...7, using: &random)
            let bytes = (0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &random)] }
            let text = String(decoding: bytes, as: UTF8.self)
            if let found = Base32.decode(text) {
                read.base32 += 1
                #expect(Base32.encode(found) == text)
            }
            if let found = Base64URL.decode(text) {
                read.base64 += 1
                #expect(Self.base64(found) == text)
            }
        }
        #expect(read.base32 > 0 && read.base64 > 0)
    }

    @Test func `what is no such text is refused`() {
        for text in ["A", "AAA", "AAAAAA", "MZ", "my", "M1", "M8", "MY======", "MY ", "MÝ"] {
            #expect(Base32.decode(text) == nil, "\(text)")
        }
        for text in ["A", "AAAAA", "Zh", "Zm9", "Zg==", "Zm+v", "Zm/v", "Zg ", "Zgé"] {
            #expect(Base64URL.decode(text) == nil, "\(text)")
        }
    }
}
