import Accounts
import Base
import Testing
import Vault

@Suite struct PasswordHashTests {
    private let cost = PasswordHash.Cost(memoryKibibytes: 64, passes: 1)

    @Test func `a hash is a PHC string that only its password matches`() throws {
        let hash = try PasswordHash.make(Array("gull over the pier".utf8), cost: cost)
        #expect(hash.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$"))
        #expect(try PasswordHash.matches(Array("gull over the pier".utf8), hash))
        #expect(try !PasswordHash.matches(Array("gull over the piers".utf8), hash))
        #expect(PasswordHash.isOf(cost, hash))
        #expect(!PasswordHash.isOf(PasswordHash.Cost(), hash))
        #expect(try PasswordHash.make(Array("gull over the pier".utf8), cost: cost) != hash)
    }

    @Test func `what is no hash is refused`() {
        #expect(throws: VaultError.self) { try PasswordHash.matches([1], "$argon2id$v=19$m=64") }
    }

    @Test func `the standard cost is at least what OWASP asks for`() {
        let cost = PasswordHash.Cost()
        #expect(cost.memoryKibibytes >= 19 * 1024)
        #expect(cost.passes >= 2)
    }
}

@Suite struct TimedPasswordTests {
    /// The secret of RFC 6238 appendix B.
    private let secret = Array("12345678901234567890".utf8)

    @Test(arguments: [
        (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func `codes are those of the standard's examples`(_ seconds: Int64, _ code: String) throws {
        let step = TimedPassword.step(at: Instant(microseconds: seconds * 1_000_000))
        #expect(try TimedPassword.code(step: step, secret: secret) == code)
    }

    @Test func `a code is good one step around its own and not after it was used`() throws {
        let now = Instant(microseconds: 1_234_567_890_000_000)
        let step = TimedPassword.step(at: now)
        for offset: Int64 in [-1, 0, 1] {
            let code = try TimedPassword.code(step: step + offset, secret: secret)
            #expect(
                try TimedPassword.acceptedStep(code, secret: secret, now: now, lastStep: 0) == step + offset)
            #expect(
                try TimedPassword.acceptedStep(code, secret: secret, now: now, lastStep: step + offset) == nil)
        }
        for offset: Int64 in [-2, 2] {
            let code = try TimedPassword.code(step: step + offset, secret: secret)
            #expect(try TimedPassword.acceptedStep(code, secret: secret, now: now, lastStep: 0) == nil)
        }
        for code in ["", "12345", "1234567", "abcdef"] {
            #expect(try TimedPassword.acceptedStep(code, secret: secret, now: now, lastStep: 0) == nil)
        }
    }

    @Test func `the enrolment's address escapes the names in it`() {
        let uri = TimedPassword.enrolmentURI(secret: secret, issuer: "A&B", name: "jo@x.example")
        #expect(
            uri == "otpauth://totp/A%26B:jo%40x.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%26B"
                + "&algorithm=SHA1&digits=6&period=30")
    }
}

@Suite struct PasswordPolicyTests {
    @Test(arguments: [
        "short-one-1", "password1234", "Password12345!", "P@ssw0rd2024!", "qwertyuiop[]", "123456789012",
        "aaaaaaaaaaaa",
        "abcabcabcabc", "iloveyou2024", "letmeinletmein", "monkeydragon1", "abcdefghijkl", "1q2w3e4r5t6y",
        "admin-admin-1",
        "Summer2024!!!", "welcome12345", "qwerty123456", "liverpool1892", "correcthorse", "000000000000",
        "lkjhgfdsa1234",
        "harbour-view-x", "j.morgan-2024x", "Krankenhaus-1",
    ])
    func `a password that is guessed first is refused`(_ password: String) {
        #expect(throws: AccountsError.self) {
            try PasswordPolicy.check(password, words: ["j.morgan@clinic.example", "Harbour Practice"])
        }
    }

    @Test(arguments: [
        "Tall-Ship-Anchors-82", "vkw8 ffm2 qpt9", "zinc lantern owl brook", "þetta er langt orð", "密码是一个很长的句子呀对",
        "9f3c1d7e8b2a", "two words, plainly",
    ])
    func `a long password needs no special characters`(_ password: String) throws {
        let bytes = try PasswordPolicy.check(password, words: ["jo@clinic.example"])
        #expect(!bytes.isEmpty)
    }

    @Test func `the same characters composed otherwise are the same password`() throws {
        #expect(
            try PasswordPolicy.check("Zwölf Boxkämpfer jagen", words: [])
                == PasswordPolicy.check("Zwo\u{308}lf Boxka\u{308}mpfer jagen", words: []))
        #expect(throws: AccountsError.self) {
            try PasswordPolicy.check(String(repeating: "xy7 ", count: 40), words: [])
        }
    }

    @Test func `any text is judged without a crash`() {
        var random = SeededRandom(seed: 17)
        var refused = 0
        for _ in 0..<3000 {
            let text = String(
                (0..<Int.random(in: 0..<40, using: &random)).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 1..<0x500, using: &random)).map { Character($0) }
                })
            if (try? PasswordPolicy.check(text, words: [text])) == nil { refused += 1 }
        }
        #expect(refused > 0)
    }
}

@Suite struct LoginNameTests {
    @Test func `names compare without case and composition`() {
        #expect(LoginName(" Jo@Clinic.Example ") == LoginName("jo@clinic.example"))
        #expect(LoginName("Zoe\u{308}") == LoginName("zoë"))
        #expect(LoginName("ｊｏ") == LoginName("jo"))
    }

    @Test(arguments: ["", " ", "a b", "a\u{0}", "a\u{200B}b", String(repeating: "x", count: 300)])
    func `what is no name is refused`(_ text: String) {
        #expect(LoginName(text) == nil)
    }

    @Test func `mail is sent to addresses only`() {
        #expect(LoginName("jo@clinic.example")?.isMailAddress == true)
        for text in ["jo", "@clinic.example", "jo@", "jo@clinic", "jo@x@y.example", "jö@x.example"] {
            #expect(LoginName(text)?.isMailAddress == false)
        }
    }
}
