internal import Base

/// Gathers the texts of a model that is being read.
struct TextCollector {
    private let permanent: UnsafeRawBufferPointer?
    private var gathered: [UInt8] = []

    /// - Parameter permanent: memory that lives as long as the program and holds every text that will be added, which
    ///   are then not copied.
    init(permanent: UnsafeRawBufferPointer? = nil) {
        self.permanent = permanent
    }

    /// - Throws: `TerminologyError.tooCostly` beyond 4 GiB.
    mutating func add(_ text: UnsafeRawBufferPointer) throws(TerminologyError) -> TextSlice {
        guard let start = text.baseAddress, text.count > 0 else { return TextSlice() }
        let offset: Int
        if let base = permanent?.baseAddress {
            offset = start - base
        } else {
            offset = gathered.count
            gathered.append(contentsOf: text)
        }
        guard let offset = UInt32(exactly: offset), let count = UInt32(exactly: text.count) else {
            throw TerminologyError(.tooCostly, "a definition with more than 4 GiB of text")
        }
        return TextSlice(offset: offset, count: count)
    }

    /// The bytes of a text added before, valid within `body`.
    func withBytes<Result>(_ slice: TextSlice, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let range = Int(slice.offset)..<Int(slice.offset) + Int(slice.count)
        if let permanent { return body(UnsafeRawBufferPointer(rebasing: permanent[range])) }
        return gathered.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    func finish() -> TextStore {
        permanent.map { TextStore(permanent: $0) } ?? TextStore(gathered)
    }
}
