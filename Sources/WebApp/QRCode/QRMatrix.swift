/// The modules of a QR code while it is drawn.
struct QRMatrix {
    let size: Int
    private(set) var modules: [Bool]
    /// Modules that carry no data.
    private var isFixed: [Bool]
    private let version: Int

    /// Draws what is the same for all codes of a version.
    init(version: Int) {
        self.version = version
        size = version * 4 + 17
        modules = [Bool](repeating: false, count: size * size)
        isFixed = modules
        for place in 0..<size {
            fix(6, place, place.isMultiple(of: 2))
            fix(place, 6, place.isMultiple(of: 2))
        }
        for (row, column) in [(3, 3), (3, size - 4), (size - 4, 3)] { drawFinder(row, column) }
        drawAlignments()
        drawFormat(mask: 0)
        drawVersion()
    }

    /// Codewords that fit into a version, data and error correction together.
    static func codewordCount(_ version: Int) -> Int {
        var modules = (16 * version + 128) * version + 64
        if version >= 2 {
            let count = version / 7 + 2
            modules -= (25 * count - 10) * count - 55
            if version >= 7 { modules -= 36 }
        }
        return modules / 8
    }

    /// Fills in the codewords under a mask, with the format that names it.
    mutating func place(_ codewords: [UInt8], mask: Int) {
        var bit = 0
        var right = size - 1
        while right >= 1 {
            if right == 6 { right = 5 }
            let goesUp = (right + 1) & 2 == 0
            for step in 0..<size {
                let row = goesUp ? size - 1 - step : step
                for column in [right, right - 1] where !isFixed[row * size + column] {
                    let isDark = bit < codewords.count * 8 && codewords[bit >> 3] >> UInt8(7 - bit & 7) & 1 == 1
                    modules[row * size + column] = isDark != Self.isInverted(mask, row, column)
                    bit += 1
                }
            }
            right -= 2
        }
        drawFormat(mask: mask)
    }

    /// How hard the code is to read: long runs, blocks of one colour, false finders, imbalance.
    var penalty: Int {
        var penalty = 0
        for line in 0..<size {
            penalty += runPenalty { modules[line * size + $0] }
            penalty += runPenalty { modules[$0 * size + line] }
        }
        for row in 0..<(size - 1) {
            for column in 0..<(size - 1) {
                let corner = row * size + column
                let colour = modules[corner]
                if modules[corner + 1] == colour, modules[corner + size] == colour,
                    modules[corner + size + 1] == colour
                {
                    penalty += 3
                }
            }
        }
        let dark = modules.count { $0 }
        return penalty + abs(dark * 20 - modules.count * 10) / modules.count * 10
    }

    private func runPenalty(_ module: (Int) -> Bool) -> Int {
        var penalty = 0
        var run = 0
        var window = 0
        for place in 0..<size {
            let isDark = module(place)
            run = place > 0 && module(place - 1) == isDark ? run + 1 : 1
            if run == 5 { penalty += 3 } else if run > 5 { penalty += 1 }
            window = (window << 1 | (isDark ? 1 : 0)) & 0x7FF
            if place >= 10, window == 0b101_1101_0000 || window == 0b000_0101_1101 { penalty += 40 }
        }
        return penalty
    }

    private static func isInverted(_ mask: Int, _ row: Int, _ column: Int) -> Bool {
        switch mask {
        case 0: (row + column) % 2 == 0
        case 1: row % 2 == 0
        case 2: column % 3 == 0
        case 3: (row + column) % 3 == 0
        case 4: (row / 2 + column / 3) % 2 == 0
        case 5: row * column % 2 + row * column % 3 == 0
        case 6: (row * column % 2 + row * column % 3) % 2 == 0
        default: ((row + column) % 2 + row * column % 3) % 2 == 0
        }
    }

    private mutating func fix(_ row: Int, _ column: Int, _ isDark: Bool) {
        modules[row * size + column] = isDark
        isFixed[row * size + column] = true
    }

    private mutating func drawFinder(_ row: Int, _ column: Int) {
        for down in -4...4 {
            for across in -4...4 {
                guard (0..<size).contains(row + down), (0..<size).contains(column + across) else { continue }
                let distance = max(abs(down), abs(across))
                fix(row + down, column + across, distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignments() {
        guard version > 1 else { return }
        let count = version / 7 + 2
        let step = (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2
        let places = [6] + (0..<(count - 1)).map { size - 7 - (count - 2 - $0) * step }
        for row in places {
            for column in places {
                let isFinder =
                    (row == 6 && column == 6) || (row == 6 && column == size - 7) || (row == size - 7 && column == 6)
                guard !isFinder else { continue }
                for down in -2...2 {
                    for across in -2...2 { fix(row + down, column + across, max(abs(down), abs(across)) != 1) }
                }
            }
        }
    }

    private mutating func drawFormat(mask: Int) {
        // Level M is 00.
        var remainder = mask
        for _ in 0..<10 { remainder = remainder << 1 ^ (remainder >> 9 * 0x537) }
        let bits = (mask << 10 | remainder) ^ 0x5412
        func bit(_ index: Int) -> Bool { bits >> index & 1 == 1 }
        for index in 0...5 { fix(index, 8, bit(index)) }
        fix(7, 8, bit(6))
        fix(8, 8, bit(7))
        fix(8, 7, bit(8))
        for index in 9..<15 { fix(8, 14 - index, bit(index)) }
        for index in 0..<8 { fix(8, size - 1 - index, bit(index)) }
        for index in 8..<15 { fix(size - 15 + index, 8, bit(index)) }
        fix(size - 8, 8, true)
    }

    private mutating func drawVersion() {
        guard version >= 7 else { return }
        var remainder = version
        for _ in 0..<12 { remainder = remainder << 1 ^ (remainder >> 11 * 0x1F25) }
        let bits = version << 12 | remainder
        for index in 0..<18 {
            let isDark = bits >> index & 1 == 1
            fix(index / 3, size - 11 + index % 3, isDark)
            fix(size - 11 + index % 3, index / 3, isDark)
        }
    }
}
