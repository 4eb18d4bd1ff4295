/// Which codes belong to which binding: every code has a number, every binding a set of bits.
final class BindingCodes: @unchecked Sendable {
    // Safe to share: the memory is never changed after `init`.
    private let codes: TextIndex
    private let wordsPerBinding: Int
    private let words: UnsafeMutableBufferPointer<UInt64>

    init(_ bindings: [RequiredBinding]) {
        var numbers: [String: Int] = [:]
        var texts: [String] = []
        var members: [[Int]] = []
        for binding in bindings {
            var own: [Int] = []
            for code in binding.systems.lazy.flatMap(\.codes) {
                if let known = numbers[code] {
                    own.append(known)
                } else {
                    numbers[code] = texts.count
                    own.append(texts.count)
                    texts.append(code)
                }
            }
            members.append(own)
        }
        codes = TextIndex(texts)
        wordsPerBinding = (texts.count + 63) / 64
        words = .allocate(capacity: max(1, wordsPerBinding * bindings.count))
        words.initialize(repeating: 0)
        for (binding, own) in members.enumerated() {
            for number in own { words[binding * wordsPerBinding + number / 64] |= 1 << UInt64(number % 64) }
        }
    }

    deinit {
        words.deallocate()
    }

    func contains(_ code: UnsafeRawBufferPointer, in binding: BindingID) -> Bool {
        guard let number = codes.find(code) else { return false }
        return words[Int(binding.raw) * wordsPerBinding + Int(number) / 64] & (1 << UInt64(number % 64)) != 0
    }
}
