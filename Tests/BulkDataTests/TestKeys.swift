import Base
import BulkData
import Testing
import Vault

/// Keys for tests.
enum TestKeys {
    /// An RSA key of 2048 bits that serves for nothing else, in DER.
    private static let rsaText =
        "MIIEowIBAAKCAQEA4H4IpBLRhiGykojxZ2lCSEGFexRiNV7ugL4PGmzunZpwC93FPlXb_tRjBaACFDnRs9mGaViMAcRE2w5IZEKa"
        + "UmyxiqTfT_OfZvYS7ywAiWgPqQ-CXXzffDHUb34oM2FW4dlMAJWvr2P9vP0zJalV4bSBwmWyN1T0JdOIUNFOQZ5AWxU6c0GYqW_B"
        + "nu9Otn-exXqH_Njsm5W-V9s97OdqjX5uPXAocZ4eLpJsMg81lZ3ZM3Er4PUrnuJmG7_KG2L9H9R74mq7Bctw-zYDB7WVDclZPaR1"
        + "hZbS1xMlPF1SEyfIaCwyn9UBSkVinDvH7rYz6JGIcnBn2FQu2g4VcNa7mwIDAQABAoIBAB52EOdtLkUMZCtXWE-h4Wk7NXOCoTjW"
        + "DXgmp0H8r1FvV-4kRNQKg8l2OYwqhAhejW02rPMKcs-ijtKdLjF8isLNwOGBMalVngwzLlU0cUuJH-bewIpoRqLsLVkw6HTgVmZa"
        + "5-HZwyGsvbdb3AmA4Ahk8okq53MenJUCuP0jtCyu8sCqJbN7S6IPHF9jx5UnBg1Q41jz-UkUKMDNfWTEA5K_-khACXfIqqka7iVO"
        + "wXHcRd2p0JTfVe1c3fWJeZ45Up2yXJoEcb9XLBHzpXLmUh-4e81s7CGgbjfaAMhpFGiSc6P84tl6Gku3jaLv_9yPbuaT5KSCW32p"
        + "7Dkpw9t4CEECgYEA9M06PCmWciLgLHbhAGEU977ZAv8W38yG5vcNWdUG4xFyGV8FydDkshidz-RzbDYzgpArznjCt2e_WDmBHP3u"
        + "OWAbT2geEDKuXbTkAJtEEo8thim3WRV6O1SOaWw3QISmHSpwqtqIzHEhzZpqphLd0Wbo9j4v3cKN8bcNiHRzK1ECgYEA6sL4xL37"
        + "Fz-RaaJXiIQEIiG9u0ofaVc9dpDkW-aNSNIFeDHGk0ufsT2USgBubw6u9QenSzZqc7I_uihF4NiC2LI94HKrXdo1EBhJiz7oZJes"
        + "yN7SGgrW31FN4mB0xRs8F6SplMDMbwYcHah4Xb2K3YG2X5B_aXBqRlY00bIP5SsCgYEAnRPivh_hTTNbrKxLC7c_gQiQrv-HaesO"
        + "1LzJcE7ksGbNU8JJMIo9dJmfCXqJJXJR8wEXWtDaAF0txip_0l6NsXsdiwI_6BzdDXu4oTr_nvkIOQIjh6HkYJWNG9A4U8nJ3QUS"
        + "bk7zYFtnWUowDIgmlOr3qKmWhTEFa4gNwvUVwUECgYBUmy3SofFTIJrEajiHv6RJtMVPMVh-u20wROm34TA79Uz5U18QiKml096U"
        + "iPFD3xPYxQhax-K3jZ7_9TGx5fXKKPq54Dm4WkLTaR1gLKzOTAd-YSdxMUTdOM0L791FiBoxHyvqq01CGf6aBbRTfFMGn4_dgxMY"
        + "KeZzMPBaPoUR_wKBgEcy44X996GRpw9Nx_ZsOlcGuEb06eEqf4jxQSjw-W_2TCrwrs6ho3qMeK_pFlSTBuMX2TI-B0qIILicFXDu"
        + "12zBUZ1Ld8ma5Ky-vdJnRXzWrWHUGhGpO2eiHmX-GYMfHXA7sNOGF5nz2m0tYdz_MNi274WQ5klkkbGDmlDMBxYE"

    /// The file of an RSA key.
    static func rsaPEM() -> [UInt8] { pem(Base64URL.decode(rsaText) ?? [], "RSA PRIVATE KEY") }

    /// A new key on P-384 with the numbers of its JSON form.
    static func p384() throws -> (secret: [UInt8], x: [UInt8], y: [UInt8], encoded: [UInt8]) {
        let key = try JWSSigningKey()
        let encoded = try key.withEncoded { Array($0) }
        // SEC 1: a sequence with a long length, the version, and the secret of 48 bytes.
        let start = try #require(encoded.firstIndex(of: 0x04)) + 2
        return (Array(encoded[start..<start + 48]), key.x, key.y, encoded)
    }

    /// The file of a new key on P-384 in JSON, with further members.
    static func p384JSON(_ extra: String = #","client_id":"a-client""#) throws -> [UInt8] {
        let key = try p384()
        return Array(
            #"{"kty":"EC","crv":"P-384","kid":"key-1","x":"\#(text(key.x))","y":"\#(text(key.y))","d":"\#(text(key.secret))"\#(extra)}"#
                .utf8)
    }

    static func text(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { Base64URL.encode($0) } }

    static func pem(_ encoded: [UInt8], _ label: String) -> [UInt8] {
        let writer = ByteWriter()
        writer.write("-----BEGIN \(label)-----\n")
        let base64 = ByteWriter()
        encoded.withUnsafeBytes { base64.writeBase64($0) }
        let text = Array(String(decoding: base64.bytes, as: UTF8.self))
        for start in stride(from: 0, to: text.count, by: 64) {
            writer.write(String(text[start..<min(start + 64, text.count)]) + "\n")
        }
        writer.write("-----END \(label)-----\n")
        return writer.copy()
    }
}
