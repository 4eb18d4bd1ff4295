/// The entries, and finding back to them.
extension BundleScanner {
    /// An entry that goes on for longer than this is checked strictly: its end may be missing.
    private var trustedBytes: Int { isCareful ? 64 << 10 : 1 << 20 }

    func beginElement(_ byte: UInt8, _ window: inout ScanWindow) {
        window.start = window.position
        elementOffset = window.place
        held = nil
        if byte == 0x7B && !isFinishing {
            skipper = ValueSkipper(depthMax: limits.jsonDepthMax)
            state = .elementByBrackets
        } else {
            beginGrammar()
        }
    }

    func scanByBrackets(_ window: inout ScanWindow) throws {
        guard let base = window.bytes.baseAddress else { return }
        let end = min(window.count, window.position + trustedBytes)
        switch skipper.run(base, &window.position, end) {
        case .done: try completeElement(&window)
        case .more where elementLength(window) <= trustedBytes: return
        case .more:
            joinHeld(&window, at: 0)
            beginGrammar()
        case .givenUp:
            isCareful = true
            joinHeld(&window, at: 0)
            beginGrammar()
        }
    }

    func scanByGrammar(_ window: inout ScanWindow) throws {
        guard let base = window.bytes.baseAddress else { return }
        switch checker.run(base, &window.position, window.count) {
        case .done where isRefusing:
            try receiver.refused(window.slice(window.start, window.position))
            try receiver.endRefusal()
            isRefusing = false
            index += 1
            state = .elementCommaOrEnd
        case .done: try completeElement(&window)
        case .more where !isRefusing && elementLength(window) > limits.resourceBytesMax:
            try refuseElement(.tooLarge, tooLargeReason, window)
            isRefusing = true
            window.start = window.position
        case .more: return
        case .broken(let reason):
            isCareful = true
            if isRefusing {
                try receiver.refused(window.slice(window.start, window.position))
            } else {
                try refuseElement(.invalidJSON, "\(reason) at byte \(window.place)", window)
            }
            isRefusing = true
            refusesEntry = true
            window.start = window.position
            state = root == .object ? .resync : .trailing
        }
    }

    private var tooLargeReason: String {
        "the entry is longer than \(limits.resourceBytesMax) bytes"
    }

    private func elementLength(_ window: ScanWindow) -> Int {
        (held?.count ?? 0) + window.position - window.start
    }

    /// Begins a refusal of the element at hand with what was read of it.
    private func refuseElement(_ code: Rejection.Code, _ reason: String, _ window: ScanWindow) throws {
        try beginRefusal(code, reason, index, elementOffset)
        nestedWatch = NestedBundleWatch()
        if let before = held { try refuse(before.bytes) }
        held = nil
        try refuse(window.slice(window.start, window.position))
    }

    private func refuse(_ bytes: UnsafeRawBufferPointer) throws {
        nestedWatch.look(at: bytes)
        try receiver.refused(bytes)
    }

    private func completeElement(_ window: inout ScanWindow) throws {
        let isTooDeep = state == .elementByGrammar && checker.deepest > limits.jsonDepthMax
        if elementLength(window) > limits.resourceBytesMax {
            try refuseElement(.tooLarge, tooLargeReason, window)
            try receiver.endRefusal()
        } else if isTooDeep {
            try refuseElement(.tooDeep, "the entry nests deeper than \(limits.jsonDepthMax)", window)
            try receiver.endRefusal()
        } else if let whole = held {
            whole.append(window.slice(window.start, window.position))
            try receiver.entry(whole.bytes, index: index, offset: elementOffset)
        } else {
            try receiver.entry(
                window.slice(window.start, window.position), index: index, offset: elementOffset)
        }
        held = nil
        index += 1
        state = .elementCommaOrEnd
    }

    /// Refuses text until an entry begins.
    func resynchronise(_ window: inout ScanWindow) throws {
        switch EntryStart.find(in: window.bytes, from: window.position) {
        case .found(let start):
            try refuse(window.slice(window.position, start))
            window.position = start
            if nestedWatch.isSeen {
                state = .trailing
                return
            }
            try receiver.endRefusal()
            isRefusing = false
            if refusesEntry { index += 1 }
            hasEntries = true
            state = .element
        case .perhaps(let start):
            try refuse(window.slice(window.position, start))
            elementOffset = window.offset + UInt64(start)
            hold(window.slice(start, window.count))
            window.position = window.count
        case .none:
            try refuse(window.slice(window.position, window.count))
            window.position = window.count
        }
        if nestedWatch.isSeen && state == .resync {
            state = .trailing
            if let before = held { try receiver.refused(before.bytes) }
            held = nil
        }
    }
}

/// Tells whether refused text holds a Bundle of its own: what looks like an entry behind it may belong to that one, and
/// must not be taken for one of the Bundle that is read.
struct NestedBundleWatch {
    private static let sign = Array("\"Bundle\"".utf8)
    private(set) var isSeen = false
    private var tail: [UInt8] = []

    /// Looks at the next piece of the text.
    mutating func look(at bytes: UnsafeRawBufferPointer) {
        let sign = Self.sign
        guard !isSeen else { return }
        let border = tail + bytes.prefix(sign.count - 1)
        isSeen = border.withUnsafeBytes { $0.contains(sign) } || bytes.contains(sign)
        tail = bytes.count < sign.count ? border.suffix(sign.count - 1) : Array(bytes.suffix(sign.count - 1))
    }
}

extension UnsafeRawBufferPointer {
    /// True where `text`, which begins with a quote, is somewhere in the bytes.
    fileprivate func contains(_ text: [UInt8]) -> Bool {
        var position = 0
        while position + text.count <= count {
            position = index(of: 0x22, from: position)
            if position + text.count <= count && self[position..<position + text.count].elementsEqual(text) {
                return true
            }
            position += 1
        }
        return false
    }
}
