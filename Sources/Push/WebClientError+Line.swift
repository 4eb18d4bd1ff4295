internal import WebClient

extension WebClientError {
    /// Whether it may be the line's fault, so that the same request is worth another try.
    /// - Parameter wasReached: whether the server has answered before. Then a failure of TLS, too, is the line's: a
    ///   handshake that is cut off looks like one that was refused.
    func mayBeTheLine(wasReached: Bool) -> Bool {
        switch code {
        case .protocolViolation, .bodyFailed: true
        case .tls: wasReached
        default: isTemporary
        }
    }
}
