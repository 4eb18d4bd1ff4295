/// Runs one pattern over texts, in memory that it keeps.
///
/// Each way to match is a thread: a place in the program and the places of the text that its groups noted. Threads step
/// together from scalar to scalar, those preferred first; of two at the same place of the program only the first goes on.
struct PatternMachine {
    private let pattern: TextPattern
    private let slotCount: Int
    private var current: Threads
    private var next: Threads
    /// What is open while a thread is followed to where it takes a scalar.
    private var open: [Open] = []
    private var slots: [Int]

    private enum Open {
        case follow(Int32)
        case restore(slot: Int, place: Int)
    }

    private struct Threads {
        var places: [Int32] = []
        var slots: [Int] = []
        /// By the instruction: the round in which it was last added.
        var marks: [UInt32]
        var round: UInt32 = 1

        init(programCount: Int) {
            marks = [UInt32](repeating: 0, count: programCount)
        }

        mutating func removeAll() {
            places.removeAll(keepingCapacity: true)
            slots.removeAll(keepingCapacity: true)
            round &+= 1
            if round == 0 {
                for place in marks.indices { marks[place] = 0 }
                round = 1
            }
        }
    }

    /// - Parameter keepsGroups: whether what the groups captured is wanted; the whole match is noted in any case.
    init(_ pattern: TextPattern, keepsGroups: Bool) {
        self.pattern = pattern
        slotCount = keepsGroups ? 2 * (pattern.groupCount + 1) : 2
        slots = [Int](repeating: -1, count: slotCount)
        current = Threads(programCount: pattern.program.count)
        next = Threads(programCount: pattern.program.count)
    }

    /// Finds the first match that begins at or behind a byte.
    /// - Parameters:
    ///   - start: a byte offset at which a character begins.
    ///   - isWhole: whether the match must begin at `start` and end with the text.
    ///   - steps: how many steps are left; what is taken is taken off.
    /// - Returns: the byte offsets of the match and its groups, two for each, -1 for a group that took no part.
    /// - Throws: `PatternError.limit`.
    mutating func match(
        _ text: UnsafeRawBufferPointer, from start: Int, isWhole: Bool = false, steps: inout Int
    ) throws(PatternError) -> [Int]? {
        try run(0, text, start, isAnchored: isWhole, isWhole: isWhole, &steps)
    }

    private mutating func run(
        _ entry: Int32, _ text: UnsafeRawBufferPointer, _ start: Int, isAnchored: Bool, isWhole: Bool,
        _ steps: inout Int
    ) throws(PatternError) -> [Int]? {
        current.removeAll()
        next.removeAll()
        var found: [Int]?
        var offset = start
        while true {
            if found == nil, offset == start || !isAnchored {
                for place in slots.indices { slots[place] = -1 }
                try add(entry, at: offset, text, &steps, toNext: false)
            }
            if current.places.isEmpty, found != nil || isAnchored { return found }
            let (scalar, width) = Self.scalar(text, offset)
            steps -= 1 + current.places.count * (1 + slotCount / 16)
            guard steps >= 0 else { throw PatternError(.limit, "a match that takes too many steps", at: 0) }
            for thread in current.places.indices {
                let place = current.places[thread]
                let instruction = pattern.program[Int(place)]
                if case .match = instruction {
                    guard !isWhole || offset == text.count else { continue }
                    found = Array(current.slots[thread * slotCount..<(thread + 1) * slotCount])
                    break
                }
                guard let scalar, takes(instruction, scalar) else { continue }
                for slot in 0..<slotCount { slots[slot] = current.slots[thread * slotCount + slot] }
                try add(place + 1, at: offset + width, text, &steps, toNext: true)
            }
            guard scalar != nil else { return found }
            swap(&current, &next)
            next.removeAll()
            offset += width
        }
    }

    private func takes(_ instruction: TextPattern.Instruction, _ scalar: UInt32) -> Bool {
        switch instruction {
        case .scalar(let wanted): scalar == wanted
        case .folded(let wanted): foldedCase(scalar) == wanted
        case .any: true
        case .anyInLine: scalar != 0x0A && scalar != 0x0D
        case .set(let place, let isNegated): pattern.sets[Int(place)].contains(scalar) != isNegated
        case .foldedSet(let place, let isNegated):
            (pattern.sets[Int(place)].contains(scalar) || pattern.sets[Int(place)].contains(foldedCase(scalar))
                || pattern.sets[Int(place)].contains(raisedCase(scalar))) != isNegated
        default: false
        }
    }

    /// Adds a thread, followed through all that takes no scalar. `slots` are its notes.
    private mutating func add(
        _ entry: Int32, at offset: Int, _ text: UnsafeRawBufferPointer, _ steps: inout Int, toNext: Bool
    ) throws(PatternError) {
        open.append(.follow(entry))
        while let task = open.popLast() {
            guard case .follow(let place) = task else {
                if case .restore(let slot, let old) = task { slots[slot] = old }
                continue
            }
            steps -= 1
            guard steps >= 0 else {
                open.removeAll()
                throw PatternError(.limit, "a match that takes too many steps", at: 0)
            }
            guard mark(place, toNext) else { continue }
            switch pattern.program[Int(place)] {
            case .jump(let target): open.append(.follow(target))
            case .split(let first, let second):
                open.append(.follow(second))
                open.append(.follow(first))
            case .save(let slot):
                if slot < slotCount {
                    open.append(.restore(slot: Int(slot), place: slots[Int(slot)]))
                    slots[Int(slot)] = offset
                }
                open.append(.follow(place + 1))
            case .assertion(let assertion):
                if Self.holds(assertion, text, offset) { open.append(.follow(place + 1)) }
            case .lookAhead(let target, let isNegated):
                if try looks(place + 1, text, offset, &steps) != isNegated { open.append(.follow(target)) }
            default:
                if toNext {
                    next.places.append(place)
                    next.slots += slots
                } else {
                    current.places.append(place)
                    current.slots += slots
                }
            }
        }
    }

    private mutating func mark(_ place: Int32, _ toNext: Bool) -> Bool {
        if toNext {
            guard next.marks[Int(place)] != next.round else { return false }
            next.marks[Int(place)] = next.round
        } else {
            guard current.marks[Int(place)] != current.round else { return false }
            current.marks[Int(place)] = current.round
        }
        return true
    }

    /// Whether a part of the program matches at a place. It runs in a machine of its own: as deep as groups may nest.
    private func looks(
        _ entry: Int32, _ text: UnsafeRawBufferPointer, _ offset: Int, _ steps: inout Int
    ) throws(PatternError) -> Bool {
        steps -= pattern.program.count / 8
        var inner = PatternMachine(pattern, keepsGroups: false)
        return try inner.run(entry, text, offset, isAnchored: true, isWhole: false, &steps) != nil
    }

    private static func holds(
        _ assertion: PatternSyntax.Assertion, _ text: UnsafeRawBufferPointer, _ offset: Int
    ) -> Bool {
        switch assertion {
        case .textStart: return offset == 0
        case .textEnd: return offset == text.count
        case .lastLineEnd: return offset == text.count || offset == text.count - 1 && text[offset] == 0x0A
        case .lineStart: return offset == 0 || text[offset - 1] == 0x0A
        case .lineEnd: return offset == text.count || text[offset] == 0x0A || text[offset] == 0x0D
        case .wordEdge, .noWordEdge:
            let before = offset > 0 ? UInt32(text[offset - 1]) : nil
            let after = offset < text.count ? UInt32(text[offset]) : nil
            return (isWordScalar(before) != isWordScalar(after)) == (assertion == .wordEdge)
        }
    }

    /// The scalar at a byte of UTF-8 and its width; a byte that is none counts as one by itself.
    static func scalar(_ text: UnsafeRawBufferPointer, _ offset: Int) -> (scalar: UInt32?, width: Int) {
        guard offset < text.count else { return (nil, 0) }
        let first = UInt32(text[offset])
        guard first >= 0x80 else { return (first, 1) }
        let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC0, offset + width <= text.count else { return (first, 1) }
        var scalar = first & (0x7F >> UInt32(width))
        for place in 1..<width {
            let byte = UInt32(text[offset + place])
            guard byte & 0xC0 == 0x80 else { return (first, 1) }
            scalar = scalar << 6 | byte & 0x3F
        }
        return (scalar, width)
    }
}
