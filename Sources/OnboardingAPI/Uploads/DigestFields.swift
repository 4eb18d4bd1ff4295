internal import Base
internal import HTTP
internal import Uploads

extension PartDigests {
    /// The digests that a request's header states.
    /// - Throws: `OnboardingAPIError.malformed` for one that is none.
    /// - Source: RFC 1864, Content-MD5; RFC 9530, Content-Digest, a dictionary of RFC 8941.
    init(_ headers: HTTPHeaders) throws(OnboardingAPIError) {
        self.init()
        if let text = headers["content-md5"] {
            guard let bytes = Self.base64(text), bytes.count == 16 else {
                throw OnboardingAPIError(.malformed, "Content-MD5 is the base64 of 16 bytes.")
            }
            md5 = bytes
        }
        for member in (headers.list("content-digest") ?? "").split(separator: ",") {
            let halves = member.split(separator: "=", maxSplits: 1)
            // Others of a digest's algorithms say nothing that is looked at.
            guard halves.count == 2, Self.trimmed(halves[0]).lowercased() == "sha-256" else { continue }
            let value = Self.trimmed(halves[1])
            guard value.count > 2, value.hasPrefix(":"), value.hasSuffix(":"),
                let bytes = Self.base64(String(value.dropFirst().dropLast())), bytes.count == 32
            else { throw OnboardingAPIError(.malformed, "Content-Digest is sha-256=:…:, the base64 of 32 bytes.") }
            sha256 = bytes
        }
    }

    /// Whether nothing is stated.
    var isEmpty: Bool { md5 == nil && sha256 == nil }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    private static func base64(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 4 == 0,
            !text.utf8.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { return nil }
        var body = text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        for _ in 0..<2 where body.last == "=" { body.removeLast() }
        return Base64URL.decode(String(body))
    }
}
