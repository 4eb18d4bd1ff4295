import Base

/// One RSA key of 2048 bits for tests, and the signing that the product has no use for: numbers are little-endian words.
enum TestRSA {
    static let modulusHex =
        "de93434c74548b3d6760518f0490ea9f476bf96d6d14deb1fd39beb121cdc37592983d38b3915ac6262f838c35de1233"
        + "6c99c9491bcd0850f4b6b5e18cd3dff02296f1a8057f75700b13a9da2468e6a798a932b92244010bce314196dd9750e6"
        + "7939a5da9ce776d0c4681c16820af2c512f6df20145895a651606ab8f0acb3c616bbd952448685d1d2c9101d3d91fd0a"
        + "c427009d1d63f9141d890ad63f2cbaf439ff2e21bb57e35fba51105b6f6546e82e1f1076e534786107889484fd3260f7"
        + "35d8b419fbf58c448323aa17365606db34ac9eef7587b185da5b0ebb0ef3086674c0d080bc0b669dfb475b92b7f903d2"
        + "2bd68a78e2f293ba1f0d90b76c938b9d"
    /// A modulus of 1024 bits.
    static let weakModulusHex =
        "ccfbe6f706ae0b77653b91b312803db8439cf448be12572932e2dfd08af3f74834516ec97a1738c2081a5fde4afd59a4"
        + "4b68c6411b22ba575c715e481ca9aee7e8de5b5b9a8a0d90de7eff5a4ea6e76346e936e0fa4e4546f2d120799a82e58a"
        + "44bb568d0624e80ee7223ae74b3a427e7d2ccbdb6f69fedc90728cc594c8e56d"
    private static let exponentHex =
        "0d3c5a23ed860a8ab1ff51124d6df5b9d79434eebc2e21c9195b29fb1c1cc19b1806dc1b2758853aa3d22f03333fdbbab"
        + "9a2528d39ad41699907d57c8e749a0c4c6e47fc1b299778fc7ba49ddf8cea6c7c80514f1f99c62b26cd988e296ac2699"
        + "63b66a0bfb4670526acdf40ba667ec5d7e91cdf2a3e9355a2e0b62ffdc5f361bf9a27830f8623d262bbaa97c77cd0cc2"
        + "39983cd5c5bc82803d45660da7fbd42be817b500bdf927175b9fd018b266c9da365b1c0a34ad9d4585c9781c9b0dac7c"
        + "18f2f0c9d855fbe226e48a629175aa2c64e8420368c3fdcd4add402a40e8eaae1c6e16484c451f5393becd4352f3f29f"
        + "6d410c4b8ede1f7b940b5bbbc9e4c19"

    private static let modulus = words(modulusHex)

    /// The key as a member of a key set.
    static func publicForm(_ id: String, modulusHex: String = modulusHex, exponent: String = "AQAB")
        -> String
    {
        let modulus = bytes(modulusHex).withUnsafeBytes { Base64URL.encode($0) }
        return #"{"kty":"RSA","alg":"RS384","kid":"\#(id)","n":"\#(modulus)","e":"\#(exponent)"}"#
    }

    /// - Source: RFC 8017 section 8.2.1, with SHA-384's prefix of section 9.2.
    static func signature(ofSHA384 digest: [UInt8]) -> [UInt8] {
        let prefix: [UInt8] = [
            0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
            0x05, 0x00, 0x04,
            0x30,
        ]
        let tail = [0] + prefix + digest
        let padded = [0, 1] + [UInt8](repeating: 0xFF, count: 256 - 2 - tail.count) + tail
        let signed = power(words(hex(padded)), bits: words(exponentHex))
        return signed.reversed().flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
    }

    private static func power(_ base: [UInt64], bits: [UInt64]) -> [UInt64] {
        // Montgomery's form of a number is itself times 2^2048; of 1 it is 2^2048 modulo the modulus.
        var inverse: UInt64 = 1
        for _ in 0..<6 { inverse = inverse &* (2 &- modulus[0] &* inverse) }
        inverse = 0 &- inverse
        var one = [UInt64](repeating: 0, count: 32)
        one[0] = 1
        var shifted = one
        for _ in 0..<4096 { shifted = doubled(shifted) }
        let factor = product(base, shifted, inverse)
        var result = product(one, shifted, inverse)
        for word in bits.reversed() {
            for bit in (0..<64).reversed() {
                result = product(result, result, inverse)
                if word >> UInt64(bit) & 1 == 1 { result = product(result, factor, inverse) }
            }
        }
        return product(result, one, inverse)
    }

    private static func doubled(_ number: [UInt64]) -> [UInt64] {
        var carry: UInt64 = 0
        var twice = number.map { word -> UInt64 in
            defer { carry = word >> 63 }
            return word << 1 | carry
        }
        if carry == 1 || !isBelowModulus(twice) { subtractModulus(&twice) }
        return twice
    }

    /// Montgomery's product of two numbers below the modulus.
    private static func product(_ left: [UInt64], _ right: [UInt64], _ inverse: UInt64) -> [UInt64] {
        var sum = [UInt64](repeating: 0, count: 34)
        sum.withUnsafeMutableBufferPointer { sum in
            for index in 0..<32 {
                add(left[index], right, to: sum)
                add(sum[0] &* inverse, modulus, to: sum)
                for place in 0..<33 { sum[place] = sum[place + 1] }
                sum[33] = 0
            }
        }
        var result = Array(sum[..<32])
        if sum[32] > 0 || !isBelowModulus(result) { subtractModulus(&result) }
        return result
    }

    private static func add(
        _ factor: UInt64, _ number: [UInt64], to sum: UnsafeMutableBufferPointer<UInt64>
    ) {
        var carry: UInt64 = 0
        for place in 0..<32 {
            let (high, low) = factor.multipliedFullWidth(by: number[place])
            let (first, firstOver) = low.addingReportingOverflow(sum[place])
            let (second, secondOver) = first.addingReportingOverflow(carry)
            sum[place] = second
            carry = high &+ (firstOver ? 1 : 0) &+ (secondOver ? 1 : 0)
        }
        let (top, over) = sum[32].addingReportingOverflow(carry)
        sum[32] = top
        if over { sum[33] += 1 }
    }

    private static func isBelowModulus(_ number: [UInt64]) -> Bool {
        for place in (0..<32).reversed() where number[place] != modulus[place] {
            return number[place] < modulus[place]
        }
        return false
    }

    private static func subtractModulus(_ number: inout [UInt64]) {
        var borrow: UInt64 = 0
        for place in 0..<32 {
            let (first, firstUnder) = number[place].subtractingReportingOverflow(modulus[place])
            let (second, secondUnder) = first.subtractingReportingOverflow(borrow)
            number[place] = second
            borrow = firstUnder || secondUnder ? 1 : 0
        }
    }

    private static func words(_ hex: String) -> [UInt64] {
        let bytes = Array(bytes(hex).reversed())
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8)
        return stride(from: 0, to: digits.count, by: 2).map { place in
            UInt8(String(decoding: digits[place..<(place + 2)], as: UTF8.self), radix: 16) ?? 0
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
