internal import FHIR
internal import JSONTape

extension TokenHasher {
    /// The tokens of all entries of one path.
    func appendTokens(
        of run: UnsafeBufferPointer<IndexEntry>, kind: SearchParameter.Kind, tellsAbsence: Bool, hasPairs: Bool,
        seed: UInt64, to tokens: TokenBuffer
    ) {
        if !tellsAbsence { tokens.append(token(.presence, seed: seed)) }
        if kind == .token {
            appendCodes(of: run, hasPairs: hasPairs, seed: seed, to: tokens)
            return
        }
        for entry in run {
            switch entry.kind {
            case .string: appendString(entry.first.bytes, seed: seed, to: tokens)
            case .date: appendDate(low: entry.low, high: entry.high, seed: seed, to: tokens)
            case .number: appendNumber(entry, seed: seed, to: tokens)
            case .quantity:
                appendNumber(entry, seed: seed, to: tokens)
                appendAmount(entry, seed: seed, to: tokens)
            case .reference: tokens.append(token(.reference, entry.third.bytes, seed: seed))
            case .referenceIdentifier:
                tokens.append(token(.referenceIdentifier, entry.second.bytes, seed: seed))
            case .uri: tokens.append(token(.uri, entry.second.bytes, seed: seed))
            case .token, .text, .identifierType, .position, .present, .narrative, .content: break
            }
        }
    }

    // MARK: Codes

    /// A token for each code, and one for the system if all codes share it: `system|code` is then both together. Only
    /// where systems differ each pair gets a token, unless the path has none.
    private func appendCodes(
        of run: UnsafeBufferPointer<IndexEntry>, hasPairs: Bool, seed: UInt64, to tokens: TokenBuffer
    ) {
        var first: TextSlice?
        var isShared = true
        for entry in run where entry.kind == .token {
            if !entry.second.isEmpty { tokens.append(token(.code, entry.second.bytes, seed: seed)) }
            if entry.isBare || entry.first.isEmpty {
                isShared = false
            } else if let first {
                if !bytesEqual(first.bytes, entry.first.bytes) { isShared = false }
            } else {
                first = entry.first
            }
        }
        guard let first else { return }
        if isShared {
            tokens.append(token(.soleSystem, first.bytes, seed: seed))
            return
        }
        for entry in run where entry.kind == .token && !entry.first.isEmpty {
            tokens.append(token(.system, entry.first.bytes, seed: seed))
            if hasPairs, !entry.second.isEmpty {
                tokens.append(token(.systemAndCode, entry.first.bytes, entry.second.bytes, seed: seed))
            }
        }
    }

    // MARK: Strings

    /// How many scalars of the longest prefix that a query of so many scalars begins with has a token: prefixes of 1
    /// to 6 and of 8 scalars have one.
    static func prefixLength(_ scalars: Int) -> Int { scalars >= 8 ? 8 : min(scalars, 6) }
    /// Strings with more scalars get no tokens of three.
    static let trigramScalarsMax = 64

    private func appendString(_ text: UnsafeRawBufferPointer, seed: UInt64, to tokens: TokenBuffer) {
        let scalars = text.reduce(into: 0) { count, byte in count += byte & 0xC0 != 0x80 ? 1 : 0 }
        let hasTrigrams = scalars <= Self.trigramScalarsMax
        var place = 0
        // Where the last three scalars start.
        var starts = (0, 0, 0)
        var offset = 0
        while offset < text.count, hasTrigrams || place < 8 {
            starts = (starts.1, starts.2, offset)
            repeat { offset += 1 } while offset < text.count && text[offset] & 0xC0 == 0x80
            place += 1
            if place <= 8, place != 7 {
                tokens.append(token(.prefix, UnsafeRawBufferPointer(rebasing: text[0..<offset]), seed: seed))
            }
            if hasTrigrams, place >= 3 {
                tokens.append(token(.trigram, UnsafeRawBufferPointer(rebasing: text[starts.0..<offset]), seed: seed))
            }
        }
        if scalars > 8 { tokens.append(token(.whole, text, seed: seed)) }
        if !hasTrigrams { tokens.append(token(.withoutTrigrams, seed: seed)) }
    }

    // MARK: Dates

    private func appendDate(low: Int64, high: Int64, seed: UInt64, to tokens: TokenBuffer) {
        let start = DateBucket.Ladder(low)
        let end = DateBucket.Ladder(high)
        if start.isOutside || end.isOutside {
            if start.day == end.day {
                tokens.append(token(.bothEnds, word: start.day, seed: seed))
            } else {
                append(.startEnd, start, seed: seed, to: tokens)
                append(.highEnd, end, seed: seed, to: tokens)
            }
            return
        }
        append(start.day, end.day, seed: seed, to: tokens)
        append(start.month, end.month, seed: seed, to: tokens)
        append(start.year, end.year, seed: seed, to: tokens)
        append(start.decade, end.decade, seed: seed, to: tokens)
    }

    private func append(_ low: UInt64, _ high: UInt64, seed: UInt64, to tokens: TokenBuffer) {
        if low == high {
            tokens.append(token(.bothEnds, word: low, seed: seed))
        } else {
            tokens.append(token(.startEnd, word: low, seed: seed))
            tokens.append(token(.highEnd, word: high, seed: seed))
        }
    }

    private func append(_ use: Use, _ ladder: DateBucket.Ladder, seed: UInt64, to tokens: TokenBuffer) {
        tokens.append(token(use, word: ladder.day, seed: seed))
        guard !ladder.isOutside else { return }
        tokens.append(token(use, word: ladder.month, seed: seed))
        tokens.append(token(use, word: ladder.year, seed: seed))
        tokens.append(token(use, word: ladder.decade, seed: seed))
    }

    // MARK: Numbers

    private func appendNumber(_ entry: IndexEntry, seed: UInt64, to tokens: TokenBuffer) {
        guard entry.isPoint, let value = DecimalText(entry.first.bytes)?.double else {
            tokens.append(token(.numberRange, seed: seed))
            return
        }
        append(.number, NumberBucket.place(of: value), salt: 0, seed: seed, to: tokens)
    }

    /// An amount with one of UCUM's units is found by what it is in base units, whatever unit it was measured in.
    private func appendAmount(_ entry: IndexEntry, seed: UInt64, to tokens: TokenBuffer) {
        guard entry.isPoint, entry.third.equals(UnitScales.system), let scale = scales.scale(entry.fourth.bytes),
            let value = DecimalText(entry.first.bytes)?.double
        else { return }
        let place = NumberBucket.place(of: value * scale.factor, reach: .base)
        append(.amount, place, salt: scale.kind, seed: seed, to: tokens)
    }

    /// - Parameter salt: keeps the buckets of different things apart.
    private func append(
        _ use: Use, _ place: NumberBucket.Place, salt: UInt64, seed: UInt64, to tokens: TokenBuffer
    ) {
        switch place {
        case .special(let special):
            tokens.append(token(use, word: NumberBucket.word(special) ^ salt, seed: seed))
        case .code(let code, let isNegative):
            for shift in NumberBucket.shifts {
                let word = NumberBucket.word(code: code, shift: shift, isNegative: isNegative)
                tokens.append(token(use, word: word ^ salt, seed: seed))
            }
        }
    }
}

extension IndexEntry {
    /// Whether a number is one value and no range.
    package var isPoint: Bool { !first.isEmpty && first.start == second.start && first.length == second.length }
}
