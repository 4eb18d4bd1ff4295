import Base
import Glibc
import Synchronization
import TestSupport

/// A line that breaks: passes connections on to a server and cuts each off at random, some at once, most after some
/// hundred kilobytes.
final class CuttingProxy: Sendable {
    let port: Int
    private let listener: Int32
    private let target = Mutex<Int?>(nil)
    private let random: Mutex<SeededRandom>
    private let bytesMost: Int
    private let cutCount = Atomic<Int>(0)

    struct Failure: Error {}

    /// - Parameter bytesMost: how many bytes a connection carries at most, either way.
    init(bytesMost: Int, seed: UInt64) throws {
        self.bytesMost = bytesMost
        random = Mutex(SeededRandom(seed: seed))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, size) == 0, listen(listener, 64) == 0 else { return Int32(-1) }
                return getsockname(listener, address, &size)
            }
        }
        guard code == 0 else { throw Failure() }
        port = Int(in_port_t(bigEndian: address.sin_port))
        _ = WorkerThread(name: "proxy", stackBytes: 256 << 10) { [weak self, listener] in
            while true {
                let peer = accept(listener, nil, nil)
                if peer < 0 && errno == EINTR { continue }
                guard peer >= 0, let self else { return }
                self.serve(peer)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Passes connections on to another port from now on; to none if `nil`.
    func lead(to port: Int?) { target.withLock { $0 = port } }

    /// How many connections were cut off.
    var cuts: Int { cutCount.load(ordering: .relaxed) }

    private func serve(_ peer: Int32) {
        let budget = random.withLock {
            Int.random(in: 0..<20, using: &$0) == 0 ? 0 : Int.random(in: 20_000...bytesMost, using: &$0)
        }
        guard budget > 0, let port = target.withLock({ $0 }), let server = try? LoopbackSocket.connect(port: port)
        else {
            cutCount.add(1, ordering: .relaxed)
            close(peer)
            return
        }
        let line = Line(peer, server, budget)
        for (from, to) in [(peer, server), (server, peer)] {
            _ = WorkerThread(name: "line", stackBytes: 256 << 10) { [self] in
                if line.pump(from, to) { cutCount.add(1, ordering: .relaxed) }
            }
        }
    }
}

/// Two sockets of one connection.
private final class Line: Sendable {
    private let sockets: (Int32, Int32)
    private let left: Atomic<Int>
    private let ended = Atomic<Int>(0)

    init(_ first: Int32, _ second: Int32, _ budget: Int) {
        sockets = (first, second)
        left = Atomic(budget)
    }

    /// Passes bytes on in one direction.
    /// - Returns: whether it ended because the line was cut.
    func pump(_ from: Int32, _ to: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var isCut = false
        while !isCut {
            let count = recv(from, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            isCut = left.subtract(count, ordering: .relaxed).newValue < 0
            var sent = 0
            // Half of what came last still arrives.
            let most = isCut ? count / 2 : count
            while sent < most {
                let done = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress.map { $0 + sent }, most - sent, Int32(MSG_NOSIGNAL))
                }
                guard done > 0 else { break }
                sent += done
            }
            if sent < most { break }
        }
        for socket in [sockets.0, sockets.1] { shutdown(socket, Int32(SHUT_RDWR)) }
        // Whoever comes last closes.
        if ended.add(1, ordering: .acquiringAndReleasing).newValue == 2 {
            close(sockets.0)
            close(sockets.1)
        }
        return isCut
    }
}
