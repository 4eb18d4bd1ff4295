/// Logical ids.
enum ResourceID {
    /// A random UUID (version 4) from the system's generator.
    /// - Source: RFC 9562 section 5.4.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let high: UInt64 = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low: UInt64 = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits: StaticString = "0123456789abcdef"
        return String(unsafeUninitializedCapacity: 36) { bytes in
            var place = 0
            for word in [high, low] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    if place == 8 || place == 13 || place == 18 || place == 23 {
                        bytes[place] = UInt8(ascii: "-")
                        place += 1
                    }
                    bytes[place] = digits.utf8Start[Int(word >> UInt64(shift) & 15)]
                    place += 1
                }
            }
            return place
        }
    }
}
