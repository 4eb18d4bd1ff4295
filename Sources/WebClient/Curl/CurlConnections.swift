internal import CCurl

/// A multi handle of libcurl: connections that are kept from one transfer to the next. Used by one thread at a time.
final class CurlConnections: @unchecked Sendable {
    // Safe to share: the pool hands it to one caller at a time.
    let multi: UnsafeMutableRawPointer

    private static let countMax = 4

    /// libcurl made ready once for the process; whether that went well.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(WebClientError) {
        guard Self.isReady, let multi = curl_multi_init() else {
            throw WebClientError(.unavailable, "libcurl cannot be made ready")
        }
        self.multi = multi
        _ = martlet_curl_set_multi_long(multi, CURLMOPT_MAXCONNECTS, Self.countMax)
    }

    deinit {
        curl_multi_cleanup(multi)
    }
}
