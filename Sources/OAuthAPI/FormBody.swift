internal import Base
internal import HTTP
internal import OAuth

/// The parameters of a request of the protocol: each at most once, none empty.
/// - Source: RFC 6749 sections 3.1 and 3.2: a parameter without a value counts as left out, one given twice is an error.
struct FormBody {
    private var values: [String: String] = [:]

    private static let bytesMax = 65_536

    /// - Throws: `OAuthError.invalidRequest`.
    init(_ items: QueryParameters) throws(OAuthError) {
        for item in items where !item.value.isEmpty {
            guard values.updateValue(item.value, forKey: item.name) == nil else {
                throw OAuthError(.invalidRequest, "a parameter is given twice")
            }
        }
    }

    /// Reads the body of a request.
    /// - Throws: `OAuthError.invalidRequest` if it is no form.
    init(_ request: HTTPRequest, repeatable: String? = nil) throws(OAuthError) {
        try self.init(Self.items(request).filtered { $0 != repeatable })
    }

    /// The pairs of a request's form.
    /// - Throws: `OAuthError.invalidRequest` if the body is none.
    static func items(_ request: HTTPRequest) throws(OAuthError) -> QueryParameters {
        guard request.contentType?.essence == MediaType.form.essence else {
            throw OAuthError(.invalidRequest, "the body must be of type \(MediaType.form.essence)")
        }
        guard request.body.count <= bytesMax, let items = try? QueryParameters(form: request.body) else {
            throw OAuthError(.invalidRequest, "the form is malformed or too large")
        }
        return items
    }

    subscript(name: String) -> String? { values[name] }

    /// Who the client claims to be and how it proves it.
    /// - Throws: `OAuthError.invalidClient`, `.invalidRequest`.
    func credentials(_ request: HTTPRequest) throws(OAuthError) -> Credentials {
        let headers = request.headers.values("authorization")
        guard headers.count <= 1 else { throw OAuthError(.invalidRequest, "a header is given twice") }
        guard self["client_secret"] == nil else {
            throw OAuthError(.invalidClient, "a secret is taken in the Authorization header alone")
        }
        let found: Credentials
        if let assertion = self["client_assertion"] {
            guard headers.isEmpty, self["client_assertion_type"] == ClientAssertion.type else {
                throw OAuthError(.invalidClient, "the assertion's type is another, or it is not the only proof")
            }
            found = .assertion(try ClientAssertion(assertion))
        } else if let header = headers.first {
            found = try Self.basic(header)
        } else if let id = self["client_id"] {
            found = .name(id)
        } else {
            throw OAuthError(.invalidClient, "the client does not say who it is")
        }
        if let id = self["client_id"], !id.utf8.elementsEqual(found.claimedID.utf8) {
            throw OAuthError(.invalidClient, "client_id is another one than that of the proof")
        }
        return found
    }

    /// - Source: RFC 6749 section 2.3.1: both parts are encoded as in forms.
    private static func basic(_ header: String) throws(OAuthError) -> Credentials {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, HTTPHeaders.sameName(String(parts[0]), "basic"), parts[1].utf8.count <= 1_024,
            parts[1].utf8.count % 4 == 0
        else { throw OAuthError(.invalidClient, "the Authorization header is malformed") }
        var encoded = Array(parts[1].utf8)
        for _ in 0..<2 where encoded.last == UInt8(ascii: "=") { encoded.removeLast() }
        let digits = encoded.map { byte in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): UInt8(ascii: "=")
            default: byte
            }
        }
        guard let text = Base64URL.decode(String(decoding: digits, as: UTF8.self)),
            let colon = text.firstIndex(of: UInt8(ascii: ":")),
            let id = text[..<colon].withUnsafeBufferPointer({ PercentEncoding.decode($0, plusIsSpace: true) }),
            let secret = text[(colon + 1)...].withUnsafeBufferPointer({ PercentEncoding.decode($0, plusIsSpace: true) })
        else { throw OAuthError(.invalidClient, "the Authorization header is malformed") }
        return .secret(id: id, secret: secret)
    }
}

extension QueryParameters {
    /// The pairs whose names are wanted.
    func filtered(_ isWanted: (String) -> Bool) -> QueryParameters {
        QueryParameters(filter { isWanted($0.name) })
    }
}
