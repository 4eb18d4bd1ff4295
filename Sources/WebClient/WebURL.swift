internal import CCurl

/// An absolute http or https URL, read by the parser that the connection is made by, so that both mean the same.
package struct WebURL: Hashable, Sendable {
    /// As it is asked for: normalised, without fragment.
    package let text: String
    package let isSecure: Bool
    /// Lower case; numbers in their usual form; IPv6 in brackets.
    package let host: String
    package let port: Int

    private static let bytesMax = 16_384
    private static let hostBytesMax = 255

    /// - Throws: `WebClientError.malformedURL` for another scheme, a user, control characters, spaces, what is not ASCII,
    ///   and what is no URL at all.
    package init(_ text: String) throws(WebClientError) {
        try self.init(text, relativeTo: nil)
    }

    /// What a redirect from here to `location`, which may be relative, leads to.
    /// - Throws: `WebClientError.malformedURL`.
    package func following(_ location: String) throws(WebClientError) -> WebURL {
        try WebURL(location, relativeTo: self)
    }

    private init(_ given: String, relativeTo base: WebURL?) throws(WebClientError) {
        guard !given.isEmpty, given.utf8.count <= Self.bytesMax, given.utf8.allSatisfy(Self.isPlain) else {
            throw Self.malformed("is empty, too long, or holds spaces or characters beyond ASCII")
        }
        guard let handle = curl_url() else {
            throw WebClientError(.unavailable, "there is no memory for a URL")
        }
        defer { curl_url_cleanup(handle) }
        if let base, curl_url_set(handle, CURLUPART_URL, base.text, 0) != CURLUE_OK {
            throw Self.malformed("cannot be read")
        }
        let code = curl_url_set(handle, CURLUPART_URL, given, UInt32(CURLU_DISALLOW_USER))
        guard code != CURLUE_USER_NOT_ALLOWED else { throw Self.malformed("must not hold a user or password") }
        guard code == CURLUE_OK, curl_url_set(handle, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK else {
            throw Self.malformed("is none of http or https with a host")
        }
        let scheme = Self.part(handle, CURLUPART_SCHEME)?.lowercased()
        guard scheme == "https" || scheme == "http" else { throw Self.malformed("is neither http nor https") }
        guard Self.part(handle, CURLUPART_ZONEID) == nil, let host = Self.part(handle, CURLUPART_HOST)?.lowercased(),
            (1...Self.hostBytesMax).contains(host.utf8.count), host.utf8.allSatisfy(Self.isOfHost),
            let portText = Self.part(handle, CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT)), let port = Int(portText),
            (1...65_535).contains(port), let text = Self.part(handle, CURLUPART_URL)
        else { throw Self.malformed("has no host or port that can be asked") }
        isSecure = scheme == "https"
        self.host = host
        self.port = port
        self.text = text
    }

    /// Scheme, host and port: what credentials are meant for, and what errors name.
    package var origin: String {
        let isUsual = port == (isSecure ? 443 : 80)
        return (isSecure ? "https://" : "http://") + host + (isUsual ? "" : ":\(port)")
    }

    private static func part(_ handle: OpaquePointer, _ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// Visible ASCII without what marks the end of a URL elsewhere, and without the slash that some read as another.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte)
            && ![UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">")]
                .contains(byte)
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private static func malformed(_ what: String) -> WebClientError {
        WebClientError(.malformedURL, "the address \(what)")
    }
}
