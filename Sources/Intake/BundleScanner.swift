/// Takes what a `BundleScanner` finds.
package protocol BundleReceiver: AnyObject {
    /// One entry or element, in one piece; valid during the call.
    func entry(_ bytes: UnsafeRawBufferPointer, index: Int, offset: UInt64) throws
    /// Something can't be taken. Its bytes follow in `refused`, then `endRefusal`; no entry comes in between.
    func beginRefusal(_ refusal: BundleRefusal) throws
    func refused(_ bytes: UnsafeRawBufferPointer) throws
    func endRefusal() throws
}

/// A part of a Bundle that can't be taken.
package struct BundleRefusal {
    var code: Rejection.Code
    var reason: String
    /// The entry at fault; `nil` where it is the Bundle around them.
    var index: Int?
    var offset: UInt64
}

/// Cuts a JSON document of any size into the elements of its `entry` array, or of the array it consists of, while it
/// streams by. Holds one entry at most, up to `resourceBytesMax`.
///
/// Entries are found by their brackets and not checked otherwise: the parser does that. Where brackets don't add up, a
/// strict checker finds the fault, the entry is refused, and reading goes on at the next text that looks like the
/// beginning of an entry. An entry that is only too long or too deep is refused and costs nothing else.
package final class BundleScanner<Receiver: BundleReceiver> {
    enum Root {
        case unknown, object, array
    }

    enum State {
        case beforeRoot, keyOrEnd, key, inKey, colon, value, inValue, commaOrEnd
        case elementOrEnd, element, elementByBrackets, elementByGrammar, elementCommaOrEnd
        case resync, afterRoot, trailing
    }

    let receiver: Receiver
    let limits: IntakeLimits
    /// What lies beside the entries, as far as it was read.
    package var head = BundleHead()
    var root = Root.unknown
    /// True once an `entry` array began.
    package var hasEntries = false
    /// Index of the next entry.
    var index = 0

    var state = State.beforeRoot
    var skipper: ValueSkipper
    var checker = JSONChecker()
    /// Brackets have failed to add up before: look sooner whether they do.
    var isCareful = false
    var isFinishing = false
    /// Bytes of the element at hand, or of what may begin one, from earlier pieces.
    var held: UnitBytes?
    /// Where the element at hand begins in the document.
    var elementOffset: UInt64 = 0
    /// What is at hand is being refused as it comes.
    var isRefusing = false
    /// The refusal that reading recovers from took the place of an entry.
    var refusesEntry = false
    var nestedWatch = NestedBundleWatch()
    let key = UnitBytes(capacity: 64)
    var keyIsEscaping = false
    var keyName = ""
    let capture = UnitBytes(capacity: 64)
    private var consumed: UInt64

    /// Begins at `offset`: bytes of the document before the first that is fed, a byte order mark.
    package init(receiver: Receiver, limits: IntakeLimits, offset: UInt64) {
        consumed = offset
        self.receiver = receiver
        self.limits = limits
        skipper = ValueSkipper(depthMax: limits.jsonDepthMax)
    }

    /// Takes the next piece of the document.
    package func feed(_ piece: UnsafeRawBufferPointer) throws {
        guard !piece.isEmpty else { return }
        var window = ScanWindow(piece, offset: consumed)
        consumed += UInt64(piece.count)
        if state == .resync { joinHeld(&window, at: 0) }
        try work(&window)
    }

    /// The document is over: what is missing is refused.
    package func finish() throws {
        isFinishing = true
        if state == .elementByBrackets, let rest = held {
            held = nil
            var window = ScanWindow(rest, offset: elementOffset)
            beginGrammar()
            try work(&window)
        }
        switch state {
        case .afterRoot: return
        case .resync, .trailing:
            if let rest = held { try receiver.refused(rest.bytes) }
            if isRefusing { try receiver.endRefusal() }
        case .elementByGrammar:
            if !isRefusing {
                try beginRefusal(.truncated, "the file ends inside entry \(index)", index, elementOffset)
                if let rest = held { try receiver.refused(rest.bytes) }
            }
            try receiver.endRefusal()
        case .beforeRoot:
            try beginRefusal(.empty, "the file holds nothing but blanks", nil, 0)
            try receiver.endRefusal()
        default:
            if isRefusing { try receiver.endRefusal() }
            let place = consumed - UInt64(capture.count)
            try beginRefusal(.truncated, "the file ends before the document does, \(whereabouts)", nil, place)
            try receiver.refused(capture.bytes)
            try receiver.endRefusal()
        }
        held = nil
    }

    /// The entry that the reading has come past.
    var whereabouts: String {
        index > 0 ? "after entry \(index - 1)" : "before the first entry"
    }

    func beginRefusal(_ code: Rejection.Code, _ reason: String, _ index: Int?, _ offset: UInt64) throws {
        try receiver.beginRefusal(BundleRefusal(code: code, reason: reason, index: index, offset: offset))
    }

    private func work(_ window: inout ScanWindow) throws {
        while window.position < window.count {
            switch state {
            case .elementByBrackets: try scanByBrackets(&window)
            case .elementByGrammar: try scanByGrammar(&window)
            case .resync: try resynchronise(&window)
            case .trailing:
                try receiver.refused(window.slice(window.position, window.count))
                window.position = window.count
            case .inKey: scanKey(&window)
            case .inValue: try scanValue(&window)
            default:
                let byte = window.bytes[window.position]
                if isBlank(byte) { window.position += 1 } else { try scanStructure(byte, &window) }
            }
        }
        if state == .elementByBrackets || state == .elementByGrammar {
            let rest = window.slice(window.start, window.count)
            if isRefusing { try receiver.refused(rest) } else { hold(rest) }
        }
    }

    func hold(_ bytes: UnsafeRawBufferPointer) {
        let buffer = held ?? UnitBytes(capacity: max(bytes.count * 2, 16 << 10))
        buffer.append(bytes)
        held = buffer
    }

    /// Puts what is held in front of the window, and goes back to `position` of the whole. Without anything held, goes
    /// to `position` behind the beginning of the element.
    func joinHeld(_ window: inout ScanWindow, at position: Int) {
        if let before = held {
            held = nil
            before.append(window.bytes)
            window = ScanWindow(before, offset: elementOffset)
        }
        window.position = window.start + position
    }

    func beginGrammar() {
        checker = JSONChecker()
        state = .elementByGrammar
    }
}

/// The piece of a document at hand.
struct ScanWindow {
    let bytes: UnsafeRawBufferPointer
    /// Where it begins in the document.
    let offset: UInt64
    var position = 0
    /// Where the element at hand begins in it.
    var start = 0
    /// Keeps `bytes` where they are not the caller's.
    private let owner: UnitBytes?

    init(_ bytes: UnsafeRawBufferPointer, offset: UInt64) {
        self.bytes = bytes
        self.offset = offset
        owner = nil
    }

    init(_ owner: UnitBytes, offset: UInt64) {
        bytes = owner.bytes
        self.offset = offset
        self.owner = owner
    }

    var count: Int { bytes.count }

    /// The place of `position` in the document.
    var place: UInt64 { offset + UInt64(position) }

    func slice(_ from: Int, _ to: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[from..<to])
    }
}
