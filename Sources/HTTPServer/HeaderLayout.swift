internal import CMicrohttpd

/// Holds what libmicrohttpd 0.9 made of a request's header against where it found it.
///
/// Those versions end the header at a field without a name, take the rest for the next request, and join a folded line
/// to the field's name. Whoever could get such a header past a proxy could hide a request in it. The strings that they
/// give lie in the buffer that was read: between two fields there must be an end of line and nothing else. Only
/// addresses are compared, nothing is read through them.
struct HeaderLayout {
    /// Later versions have another reader, which refuses such headers itself and may copy what it read.
    static let isNeeded = MHD_get_version().map { String(cString: $0).hasPrefix("0.") } ?? false

    private static let versionBytes = 8
    private static let lineEndBytes = 2

    private let start: Int
    private var next: Int
    private(set) var isBroken: Bool

    /// - Parameters: the strings of the request line.
    init(method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?) {
        start = Int(bitPattern: method)
        next = Int(bitPattern: version) &+ Self.versionBytes &+ Self.lineEndBytes
        isBroken = method == nil || version == nil
    }

    /// The next field, in the order of the header.
    mutating func add(name: UnsafePointer<CChar>, value: UnsafePointer<CChar>?, valueBytes: Int) {
        guard let value, Int(bitPattern: name) == next else {
            isBroken = true
            return
        }
        next = Int(bitPattern: value) &+ valueBytes &+ Self.lineEndBytes
    }

    /// Whether the header ends with an empty line after the last field.
    /// - Parameter headerBytes: from the method to the header's end.
    func isWhole(headerBytes: Int) -> Bool {
        !isBroken && start &+ headerBytes == next &+ Self.lineEndBytes
    }
}
