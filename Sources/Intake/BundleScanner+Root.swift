/// The document around the entries.
extension BundleScanner {
    /// Takes one byte that is no blank, outside of strings and values.
    func scanStructure(_ byte: UInt8, _ window: inout ScanWindow) throws {
        switch (state, byte) {
        case (.beforeRoot, 0x7B):
            root = .object
            state = .keyOrEnd
        case (.beforeRoot, 0x5B):
            root = .array
            hasEntries = true
            state = .elementOrEnd
        case (.keyOrEnd, 0x7D), (.commaOrEnd, 0x7D):
            state = .afterRoot
        case (.keyOrEnd, 0x22), (.key, 0x22):
            key.truncate(to: 0)
            state = .inKey
        case (.colon, 0x3A): state = .value
        case (.commaOrEnd, 0x2C): state = .key
        case (.value, _):
            try beginValue(byte, &window)
            return
        case (.elementOrEnd, 0x5D), (.elementCommaOrEnd, 0x5D), (.element, 0x5D):
            if state == .element {
                try beginRefusal(.invalidJSON, "a comma stands behind the last entry", nil, window.place)
                try receiver.endRefusal()
            }
            state = root == .array ? .afterRoot : .commaOrEnd
        case (.elementCommaOrEnd, 0x2C): state = .element
        case (.elementOrEnd, _), (.element, _):
            beginElement(byte, &window)
            return
        case (.afterRoot, _):
            try beginRefusal(.invalidJSON, "there is text behind the end of the document", nil, window.place)
            isRefusing = true
            state = .trailing
            return
        default:
            capture.truncate(to: 0)
            try breakOff(expectation, &window)
            return
        }
        window.position += 1
    }

    private var expectation: String {
        switch state {
        case .beforeRoot: "an object or an array was expected"
        case .keyOrEnd, .key: "a name in quotes was expected"
        case .colon: "a colon was expected behind a name"
        case .elementCommaOrEnd: "a comma or ] was expected"
        default: "a comma or } was expected"
        }
    }

    /// The document's structure is lost outside of an entry. What is captured is refused with it.
    private func breakOff(_ reason: String, _ window: inout ScanWindow) throws {
        let text = "\(reason) at byte \(window.place), \(whereabouts)"
        if !isRefusing {
            try beginRefusal(.invalidJSON, text, nil, window.place - UInt64(capture.count))
            try receiver.refused(capture.bytes)
        }
        capture.truncate(to: 0)
        isRefusing = true
        refusesEntry = false
        isCareful = true
        nestedWatch = NestedBundleWatch()
        window.start = window.position
        state = root == .object ? .resync : .trailing
    }

    func scanKey(_ window: inout ScanWindow) {
        while window.position < window.count {
            let byte = window.bytes[window.position]
            window.position += 1
            if byte == 0x22 && !keyIsEscaping {
                keyName = JSONText.unescape(key.bytes) ?? ""
                state = .colon
                return
            }
            keyIsEscaping = byte == 0x5C && !keyIsEscaping
            // A longer name is none that matters here; it stays cut off, one byte over what could match.
            if key.count <= 256 { key.append(window.slice(window.position - 1, window.position)) }
        }
    }

    private func beginValue(_ byte: UInt8, _ window: inout ScanWindow) throws {
        if root == .object && keyName == "entry" {
            if !hasEntries && byte == 0x5B {
                hasEntries = true
                state = .elementOrEnd
                window.position += 1
                return
            }
            let reason = hasEntries ? "the Bundle has a second entry array" : "the Bundle's entry is not an array"
            try beginRefusal(.bundleShape, reason, nil, window.place)
            isRefusing = true
        }
        checker = JSONChecker()
        capture.truncate(to: 0)
        state = .inValue
    }

    func scanValue(_ window: inout ScanWindow) throws {
        guard let base = window.bytes.baseAddress else { return }
        let start = window.position
        let outcome = checker.run(base, &window.position, window.count)
        let text = window.slice(start, window.position)
        if isRefusing {
            try receiver.refused(text)
        } else {
            capture.append(text)
            if capture.count > BundleHead.memberBytesMax { try refuseMember(window) }
        }
        switch outcome {
        case .more: return
        case .broken(let reason): try breakOff("\(reason)", &window)
        case .done:
            state = .commaOrEnd
            if isRefusing {
                isRefusing = false
                try receiver.endRefusal()
                return
            }
            head.take(keyName, capture.bytes)
            capture.truncate(to: 0)
            if checker.deepest >= limits.jsonDepthMax {
                let reason = "a member beside the entries nests deeper than \(limits.jsonDepthMax)"
                try beginRefusal(.tooDeep, reason, nil, window.place)
                try receiver.endRefusal()
            }
        }
    }

    /// The member at hand is too long to be passed over without a word.
    private func refuseMember(_ window: ScanWindow) throws {
        let reason = "the member \(keyName) is none of the entries and longer than \(BundleHead.memberBytesMax) bytes"
        try beginRefusal(.bundleShape, reason, nil, window.place - UInt64(capture.count))
        try receiver.refused(capture.bytes)
        capture.truncate(to: 0)
        isRefusing = true
    }
}
