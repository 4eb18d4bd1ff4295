internal import Base
internal import FHIR
internal import JSONTape

extension PathEvaluator {
    /// Up to so many items are compared each with each.
    private static let fewItems = 12

    /// Leaves of equal items from `mark` on only the first.
    func removeDuplicates(from mark: Int) throws(PathError) {
        if count - mark > Self.fewItems, try removeDuplicatesByHash(from: mark) { return }
        var kept = mark
        for place in mark..<count {
            let item = stack[place]
            var isNew = true
            for other in mark..<kept where try areEqual(stack[other], item) ?? false {
                isNew = false
                break
            }
            if isNew {
                stack[kept] = item
                kept += 1
            }
        }
        count = kept
    }

    /// The same in time that grows with the number of items.
    /// - Returns: `false`, with nothing done, if an item has no hash that equal items share.
    private func removeDuplicatesByHash(from mark: Int) throws(PathError) -> Bool {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(count - mark)
        for place in mark..<count {
            guard let hash = try hash(of: stack[place]) else { return false }
            hashes.append(hash)
        }
        var size = 32
        while size < hashes.count * 2 { size *= 2 }
        // Of each item kept its place and hash, by the hash.
        var slots = [(place: Int32, hash: UInt64)](repeating: (-1, 0), count: size)
        var kept = mark
        for (offset, hash) in hashes.enumerated() {
            let item = stack[mark + offset]
            var slot = Int(truncatingIfNeeded: hash) & (size - 1)
            var isNew = true
            while slots[slot].place >= 0 {
                if slots[slot].hash == hash, try areEqual(stack[Int(slots[slot].place)], item) ?? false {
                    isNew = false
                    break
                }
                try spend()
                slot = (slot + 1) & (size - 1)
            }
            guard isNew else { continue }
            slots[slot] = (Int32(truncatingIfNeeded: kept), hash)
            stack[kept] = item
            kept += 1
        }
        count = kept
        return true
    }

    /// A number that is the same for equal items; `nil` for quantities, which are equal across units.
    private func hash(of item: PathItem) throws(PathError) -> UInt64? {
        try spend()
        if case .node(let node) = item {
            guard let json = node.value else { return mix(1, UInt64(truncatingIfNeeded: node.anchor.index)) }
            if json.isObject { return try hash(of: json) }
        }
        switch value(of: item) {
        case .boolean(let truth): return mix(2, truth ? 1 : 0)
        case .integer(let value): return hash(of: ExactDecimal(value))
        case .decimal(let value): return hash(of: value)
        case .string(let text): return try hash(of: text)
        case .date(let value), .dateTime(let value):
            let precision = min(value.precision, .second)
            return mix(3 + UInt64(precision.rawValue), UInt64(bitPattern: value.lowerBound.microseconds))
        case .time(let value):
            return mix(3 + UInt64(min(value.precision, .second).rawValue), UInt64(bitPattern: value.microseconds))
        case .node(let node): return try node.value.map { (json) throws(PathError) in try hash(of: json) }
        case .quantity: return nil
        case .systemTypeInfo(let type): return mix(20, UInt64(type.rawValue))
        case .typeInfo(let type): return mix(21, UInt64(type.raw))
        }
    }

    /// The same for all JSON that `isSame` finds the same.
    private func hash(of json: JSONValue) throws(PathError) -> UInt64 {
        try spend()
        switch json.kind {
        case .object:
            var sum: UInt64 = 30
            for member in json.members {
                sum &+= mix(try hash(of: member.name), try hash(of: member.value))
            }
            return sum
        case .array:
            var result: UInt64 = 31
            for element in json.elements { result = mix(result, try hash(of: element)) }
            return result
        case .number:
            guard let number = ExactDecimal(parsing: json.utf8) else { return try hash(of: json.utf8) }
            return hash(of: number)
        default: return mix(UInt64(json.kind.rawValue), try hash(of: json.utf8))
        }
    }

    private func hash(of number: ExactDecimal) -> UInt64 {
        let trimmed = number.trimmed
        return mix(UInt64(truncatingIfNeeded: trimmed.mantissa), UInt64(trimmed.scale))
    }

    private func hash(of text: UnsafeRawBufferPointer) throws(PathError) -> UInt64 {
        try spend(text.count / 64)
        var result = UInt64(text.count)
        var offset = 0
        while offset + 8 <= text.count {
            result = mix(result, text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var last: UInt64 = 0
        while offset < text.count {
            last = last << 8 | UInt64(text[offset])
            offset += 1
        }
        return mix(result, last)
    }

    private func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = (left ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: right ^ 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low ^ left
    }
}
