import Foundation
import Glibc
import Synchronization

/// A listening loopback socket whose answers are written byte by byte by a test, for servers that misbehave.
final class RawServer: Sendable {
    struct Failure: Error {}

    /// One accepted connection.
    final class Connection: Sendable {
        private let descriptor: Int32
        /// Which of the server's connections it is, from 0.
        let number: Int

        init(_ descriptor: Int32, number: Int) {
            self.descriptor = descriptor
            self.number = number
        }

        deinit {
            close(descriptor)
        }

        /// The next request's header and, where it states a length, its body; `nil` when the client is gone.
        func request() -> String? {
            var bytes: [UInt8] = []
            while bytes.firstRange(of: Array("\r\n\r\n".utf8)) == nil {
                guard let byte = read(1) else { return nil }
                bytes += byte
            }
            let head = String(decoding: bytes, as: UTF8.self)
            let length = head.lowercased().components(separatedBy: "content-length: ").dropFirst().first
                .flatMap { Int($0.prefix { $0.isNumber }) }
            if let length, length > 0, !head.lowercased().contains("expect: 100-continue") {
                var rest = length
                while rest > 0, let piece = read(min(rest, 65_536)) { rest -= piece.count }
            }
            return head
        }

        func read(_ countMax: Int) -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: countMax)
            let count = recv(descriptor, &buffer, countMax, 0)
            return count > 0 ? Array(buffer.prefix(count)) : nil
        }

        func write(_ text: String) {
            write(Array(text.utf8))
        }

        func write(_ bytes: [UInt8]) {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return }
                sent += count
            }
        }

        func answer(_ body: String, status: String = "200 OK", fields: String = "") {
            write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
        }

        /// Waits until the client closes.
        func wait() {
            while read(65_536) != nil {}
        }
    }

    let port: Int
    private let listening: Int32
    private let accepted = Atomic<Int>(0)

    var connectionCount: Int { accepted.load(ordering: .sequentiallyConsistent) }
    var address: String { "http://127.0.0.1:\(port)" }

    /// - Parameter serve: runs on a thread of its own for each connection, which closes when it returns.
    init(_ serve: @escaping @Sendable (Connection) -> Void) throws {
        listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listening
        let isListening = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw Failure() }
        port = Int(UInt16(bigEndian: name.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0, let number = self?.count() else {
                    if connection >= 0 { close(connection) }
                    // Closed here alone: its number must not be another's while this thread still uses it.
                    close(descriptor)
                    return
                }
                Thread.detachNewThread { serve(Connection(connection, number: number)) }
            }
        }
    }

    deinit {
        shutdown(listening, Int32(SHUT_RDWR))
    }

    private func count() -> Int {
        accepted.add(1, ordering: .sequentiallyConsistent).oldValue
    }
}

/// Runs blocking work on a thread of its own, so that it takes none from the tasks that it waits for.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Swift.Result { try body() })
        }
    }
}
