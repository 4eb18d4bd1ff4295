internal import Glibc

/// Has a command run by the server that has the store open.
enum ControlClient {
    /// - Parameter words: the command line without the program's name.
    /// - Returns: the command's exit code; `nil` if no server takes commands at this path.
    static func run(_ words: [String], at path: String) -> ExitCode? {
        let peer = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard peer >= 0 else { return nil }
        defer { close(peer) }
        guard ControlAddress(path).withSockaddr({ connect(peer, $0, $1) }) == 0, ControlMessage.send(words, to: peer)
        else {
            return nil
        }
        var answer: UInt8 = 0
        while true {
            let count = recv(peer, &answer, 1, 0)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { return .failed }
            return ExitCode(rawValue: Int32(answer)) ?? .failed
        }
    }
}
