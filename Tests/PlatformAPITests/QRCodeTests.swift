import Base
import Testing
import WebApp

@Suite struct QRCodeTests {
    /// Compared, module by module, with what the Python package `qrcode` 8.2 makes of the same texts.
    @Test func `codes are those that others make of the same text`() throws {
        let code = try #require(QRCode("martlet"))
        let rows = (0..<code.size).map { row in
            String(code.modules[row * code.size..<(row + 1) * code.size].map { $0 ? "#" : "." })
        }
        #expect(
            rows.joined(separator: "\n") == """
                #######...##..#######
                #.....#.#.....#.....#
                #.###.#.#.#...#.###.#
                #.###.#.#..##.#.###.#
                #.###.#..#..#.#.###.#
                #.....#....#..#.....#
                #######.#.#.#.#######
                ........#.#..........
                #.....#.##.#.##..###.
                ....##..######..#.#..
                #.#####..##.#.##.###.
                .##..#.##.#####..###.
                #.#.#.#.#..####.#....
                ........###.#..##.#.#
                #######..###.#.....#.
                #.....#..#....######.
                #.###.#..#.#.#...#.#.
                #.###.#..######.###..
                #.###.#..#.###..#####
                #.....#..######..##..
                #######.##..#...#..#.
                """)
        let uri =
            "otpauth://totp/Martlet:jo%40clinic.example?secret=GEZDGNBVGY3TQOJQGEZD"
            + "GNBVGY3TQOJQ&issuer=Martlet&algorithm=SHA1&digits=6&period=30"
        #expect(hash(try #require(QRCode(uri))) == 0xe4ec76839c3a448c)
        #expect(hash(try #require(QRCode(String(repeating: "q7", count: 300)))) == 0x901c9dd23f0c9fed)
    }

    /// FNV-1a of the modules as digits.
    private func hash(_ code: QRCode) -> UInt64 {
        code.modules.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ ($1 ? 0x31 : 0x30)) &* 0x100_0000_01b3 }
    }

    @Test func `a code is as large as its text needs`() throws {
        #expect(try #require(QRCode("martlet")).size == 21)
        #expect(try #require(QRCode(String(repeating: "a", count: 107))).size == 45)
        #expect(try #require(QRCode(String(repeating: "a", count: 666))).size == 97)
        #expect(QRCode(String(repeating: "a", count: 667)) == nil)
    }

    @Test func `every text that fits makes a square with three finders`() throws {
        var random = SeededRandom(seed: 8)
        for _ in 0..<12 {
            let text = String((0..<Int.random(in: 0..<660, using: &random)).map { _ in "k" })
            let code = try #require(QRCode(text))
            #expect(code.modules.count == code.size * code.size)
            for (row, column) in [(0, 0), (0, code.size - 7), (code.size - 7, 0)] {
                for place in 0..<7 {
                    #expect(code.modules[row * code.size + column + place])
                    #expect(code.modules[(row + 6) * code.size + column + place])
                    #expect(code.modules[(row + place) * code.size + column])
                }
            }
        }
    }
}
