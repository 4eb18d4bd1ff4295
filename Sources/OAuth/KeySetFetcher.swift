internal import HTTP
package import WebClient

/// Asks for the key sets of clients at their addresses, within tight bounds: clients choose the addresses.
package struct KeySetFetcher: Sendable {
    private let client: WebClient

    private static let secondsMax = 5.0
    private static let redirectsMax = 2

    /// - Parameter client: knows which addresses may be asked.
    package init(_ client: WebClient) {
        self.client = client
    }

    /// The bytes at an https address; whether they are a key set is the caller's to see. Blocks for 5 seconds at most.
    /// - Throws: `WebClientError`, also where the answer is not 200.
    package func fetch(_ address: String) throws -> [UInt8] {
        var request = WebRequest(
            .get, address, headers: ["Accept": "application/jwk-set+json, application/json"])
        request.answerBytesMax = UInt64(KeySet.bytesMax)
        request.requestSecondsMax = Self.secondsMax
        request.silentSecondsMax = Self.secondsMax
        request.redirectsMax = Self.redirectsMax
        guard WebAddress.isKeySetAddress(address) else {
            throw WebClientError(.malformedURL, "the address of a key set is https, without user and fragment")
        }
        let answer = try client.send(request)
        guard answer.head.status == .ok else {
            let origin = WebAddress.origin(address) ?? "the server"
            throw WebClientError(
                .protocolViolation, "\(origin) answers \(answer.head.status.code) in place of a key set")
        }
        return answer.body
    }
}
