internal import JSONTape

extension PathEvaluator {
    /// The functions of one text.
    func applyToText(
        _ function: PathFunction, _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) {
        let mark = input.lowerBound
        var arguments: [PathItem?] = []
        for place in 1..<max(1, Int(node.operandCount)) { arguments.append(try argument(place, node, plan, frame)) }
        guard let item = try one(input, node) else { return }
        guard case .string(let text) = item else {
            throw fail(.wrongType, "\(function.rawValue)() of what is no text", node)
        }
        try spend(text.count / (function == .toChars ? 1 : 8))
        count = mark
        if arguments.contains(where: { $0 == nil }), function != .substring { return }
        switch function {
        case .substring: try substring(text, arguments, node)
        case .length: try push(.integer(Int64(String(decoding: text, as: UTF8.self).unicodeScalars.count)))
        case .upper: try push(keep(String(decoding: text, as: UTF8.self).uppercased(), node))
        case .lower: try push(keep(String(decoding: text, as: UTF8.self).lowercased(), node))
        case .trim: try push(.string(trimmed(text)))
        case .toChars:
            for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
                try push(keep(String(Character(scalar)), node))
            }
        default:
            guard case .string(let first)? = arguments.first else {
                throw fail(.badArguments, "\(function.rawValue)() takes text", node)
            }
            try applyToTexts(function, text, first, arguments, node)
        }
    }

    private func applyToTexts(
        _ function: PathFunction, _ text: UnsafeRawBufferPointer, _ argument: UnsafeRawBufferPointer,
        _ arguments: [PathItem?], _ node: PlanNode
    ) throws(PathError) {
        switch function {
        case .startsWith:
            let head = UnsafeRawBufferPointer(rebasing: text.prefix(argument.count))
            try push(.boolean(bytesEqual(head, argument)))
        case .endsWith:
            let tail = UnsafeRawBufferPointer(rebasing: text.suffix(argument.count))
            try push(.boolean(bytesEqual(tail, argument)))
        case .contains: try push(.boolean(try find(argument, in: text, from: 0) != nil))
        case .indexOf: try push(.integer(characters(before: try find(argument, in: text, from: 0), text)))
        case .lastIndexOf:
            var last = try find(argument, in: text, from: 0)
            while let place = last, let next = try find(argument, in: text, from: place + 1) { last = next }
            try push(.integer(characters(before: last, text)))
        case .split: try split(text, argument)
        case .replace:
            guard arguments.count > 1, case .string(let new) = arguments[1] else {
                throw fail(.badArguments, "replace() takes text", node)
            }
            try replace(argument, by: new, in: text, node)
        default: try recode(function, text, argument, node)
        }
    }

    /// Where `wanted` first stands in `text` at or behind a byte.
    private func find(
        _ wanted: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, from start: Int
    ) throws(PathError) -> Int? {
        guard text.count >= wanted.count + start else { return nil }
        if wanted.isEmpty { return start }
        for place in start...(text.count - wanted.count) where text[place] == wanted[0] {
            try spend(1 + wanted.count / 64)
            if bytesEqual(UnsafeRawBufferPointer(rebasing: text[place..<place + wanted.count]), wanted) { return place }
        }
        return nil
    }

    /// How many characters lie before a byte; -1 for none.
    private func characters(before place: Int?, _ text: UnsafeRawBufferPointer) -> Int64 {
        guard let place else { return -1 }
        var count: Int64 = 0
        for offset in 0..<place where text[offset] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private func substring(
        _ text: UnsafeRawBufferPointer, _ arguments: [PathItem?], _ node: PlanNode
    ) throws(PathError) {
        guard let first = arguments.first, let start = first else { return }
        guard case .integer(let from) = start else { throw fail(.badArguments, "substring() takes integers", node) }
        var length = Int64.max
        if arguments.count > 1, let given = arguments[1] {
            guard case .integer(let value) = given else {
                throw fail(.badArguments, "substring() takes integers", node)
            }
            length = max(0, value)
        }
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        guard from >= 0, from < Int64(scalars.count) else { return }
        let part = scalars.dropFirst(Int(from)).prefix(Int(min(length, Int64(scalars.count))))
        try push(keep(String(part), node))
    }

    private func trimmed(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return UnsafeRawBufferPointer(rebasing: text.prefix(0)) }
        return UnsafeRawBufferPointer(rebasing: text[first...last])
    }

    private func split(_ text: UnsafeRawBufferPointer, _ separator: UnsafeRawBufferPointer) throws(PathError) {
        guard !separator.isEmpty else { return try push(.string(text)) }
        var start = 0
        while let place = try find(separator, in: text, from: start) {
            try push(.string(UnsafeRawBufferPointer(rebasing: text[start..<place])))
            start = place + separator.count
        }
        try push(.string(UnsafeRawBufferPointer(rebasing: text[start...])))
    }

    private func replace(
        _ old: UnsafeRawBufferPointer, by new: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer,
        _ node: PlanNode
    ) throws(PathError) {
        var pieces: [UnsafeRawBufferPointer] = []
        if old.isEmpty {
            var start = 0
            for offset in 0..<text.count where text[offset] & 0xC0 != 0x80 {
                if offset > start { pieces.append(UnsafeRawBufferPointer(rebasing: text[start..<offset])) }
                pieces.append(new)
                start = offset
            }
            pieces.append(UnsafeRawBufferPointer(rebasing: text[start...]))
            pieces.append(new)
            if text.isEmpty { pieces = [new] }
        } else {
            var start = 0
            while let place = try find(old, in: text, from: start) {
                pieces.append(UnsafeRawBufferPointer(rebasing: text[start..<place]))
                pieces.append(new)
                start = place + old.count
            }
            pieces.append(UnsafeRawBufferPointer(rebasing: text[start...]))
        }
        try push(.string(try joined(pieces, node)))
    }

    /// `join()`: the input's texts with the argument between them.
    func join(
        _ input: Range<Int>, _ node: PlanNode, _ plan: PathPlan, _ frame: borrowing Frame
    ) throws(PathError) -> PathItem? {
        var separator = UnsafeRawBufferPointer(start: nil, count: 0)
        if node.operandCount > 1, case .string(let text)? = try argument(1, node, plan, frame) { separator = text }
        var pieces: [UnsafeRawBufferPointer] = []
        for place in input {
            guard case .string(let text) = value(of: stack[place]) else {
                throw fail(.wrongType, "join() of what is no text", node)
            }
            if !pieces.isEmpty { pieces.append(separator) }
            pieces.append(text)
        }
        return pieces.isEmpty ? nil : .string(try joined(pieces, node))
    }
}
