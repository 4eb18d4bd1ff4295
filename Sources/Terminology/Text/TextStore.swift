/// The texts of a model, one behind another: a definition with 100,000 concepts is one piece of memory.
final class TextStore: @unchecked Sendable {
    // Safe to share: the memory is never changed after `init`.
    private let bytes: UnsafeRawBufferPointer
    private let isOwned: Bool

    /// - Parameter permanent: memory that lives as long as the program.
    init(permanent: UnsafeRawBufferPointer) {
        bytes = permanent
        isOwned = false
    }

    /// Keeps a copy.
    init(_ text: [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.count), alignment: 8)
        memory.copyBytes(from: text)
        bytes = UnsafeRawBufferPointer(rebasing: memory[..<text.count])
        isOwned = true
    }

    deinit {
        if isOwned { bytes.deallocate() }
    }

    /// How much memory it holds, in bytes; nothing if that is part of the program.
    var byteCount: Int { isOwned ? bytes.count : 0 }

    /// The bytes of a text, valid while the store is.
    subscript(slice: TextSlice) -> UnsafeRawBufferPointer {
        let start = Int(slice.offset)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(slice.count)])
    }

    /// A copy of a text.
    func text(_ slice: TextSlice) -> String {
        String(decoding: self[slice], as: UTF8.self)
    }

    /// A copy of a text; `nil` if it is empty, which no FHIR text is.
    func textIfAny(_ slice: TextSlice) -> String? {
        slice.isEmpty ? nil : text(slice)
    }
}
