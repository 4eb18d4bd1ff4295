internal import HTTP

extension PullHeader {
    private static let bytesMax = 4_096
    /// Fields on which the framing of requests, or the way that files are asked for, depends.
    private static let refused: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
        "range", "if-range", "if-none-match", "if-match", "accept-encoding", "cookie", "proxy-authorization",
    ]

    /// Whether the field may be sent.
    var isSendable: Bool {
        guard name.utf8.count + value.utf8.count <= Self.bytesMax, !Self.refused.contains(name.lowercased()) else {
            return false
        }
        var headers = HTTPHeaders()
        headers.add(name, value)
        return headers.unsendableName == nil
    }
}
