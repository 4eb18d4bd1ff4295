/// A store that speaks S3: Amazon's, or another one at an address of its own.
package struct S3Store: Sendable {
    package let region: String
    /// Scheme, host and perhaps port; `nil` for Amazon's.
    package let endpoint: WebURL?
    package let credentials: S3Credentials

    /// - Parameter endpoint: such as `https://objects.clinic.example:9000`, without a path.
    /// - Throws: `WebClientError.malformedURL` for an endpoint or region that cannot be.
    package init(region: String, endpoint: String? = nil, credentials: S3Credentials) throws(WebClientError) {
        guard (1...64).contains(region.utf8.count), region.utf8.allSatisfy(Self.isRegionByte) else {
            throw WebClientError(.malformedURL, "a region of S3 is small letters, digits and hyphens")
        }
        var url: WebURL?
        if let endpoint {
            let read = try WebURL(endpoint)
            guard read.text == read.origin + "/" || read.text == read.origin else {
                throw WebClientError(
                    .malformedURL, "the endpoint of a store has a host and perhaps a port, and no path")
            }
            url = read
        }
        self.region = region
        self.endpoint = url
        self.credentials = credentials
    }

    /// Where an object is asked for. Amazon's buckets have hosts of their own, unless their name has a point, which no
    /// certificate covers.
    func url(of location: S3Location) -> String {
        if let endpoint { return "\(endpoint.origin)/\(location.bucket)/\(location.path)" }
        if location.bucket.contains(".") {
            return "https://s3.\(region).amazonaws.com/\(location.bucket)/\(location.path)"
        }
        return "https://\(location.bucket).s3.\(region).amazonaws.com/\(location.path)"
    }

    private static func isRegionByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
