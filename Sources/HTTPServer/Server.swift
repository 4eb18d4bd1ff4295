internal import Glibc
package import HTTP
internal import Synchronization

/// An HTTP/1.1 server over libmicrohttpd: some threads, each with its own epoll, that read, call the handler and write.
///
/// A handler that answers before it returns is answered in place; else its connection is set aside until the `Reply`
/// comes, and the thread goes on with others.
package final class Server: Sendable {
    /// The port that it listens on.
    package let port: Int
    package let host: String

    private let engine: Engine
    private let daemons: Daemons
    /// Without a certificate: what a daemon with another one is made from.
    private let configuration: ServerConfiguration
    private let acceptor: Mutex<Acceptor?>

    /// Starts to listen and answer.
    /// - Throws: `ServerError`.
    package init(_ configuration: ServerConfiguration, handler: @escaping Handler) throws(ServerError) {
        let socket = try ListenSocket(host: configuration.host, port: configuration.port)
        engine = Engine(configuration: configuration, handler: handler)
        do throws(ServerError) {
            daemons = Daemons(engine, first: try Daemon(engine, configuration, tls: configuration.tls))
        } catch {
            socket.close()
            throw error
        }
        var withoutKey = configuration
        withoutKey.tls = nil
        self.configuration = withoutKey
        host = configuration.host
        port = socket.port
        acceptor = Mutex(
            Acceptor(
                socket, daemons: daemons, connections: engine.connections,
                connectionCountMax: Daemon.connectionCountMax(configuration)))
    }

    deinit {
        stop(deadlineSeconds: 0)
    }

    /// Where the server is reached, such as `http://127.0.0.1:8080`.
    package var address: String {
        (engine.isTLS ? "https://" : "http://") + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }

    /// Requests whose header has come and whose answer has not been sent whole.
    package var requestCount: Int { engine.gate.count }

    /// Connections that are open.
    package var connectionCount: Int { engine.connections.count }

    /// Certificates before the current one that still have connections.
    package var drainingCount: Int { daemons.oldCount }

    /// Gives connections from now on another certificate, without a pause. Those that are open stay under theirs; each is
    /// closed with its next answer, at the latest after ten minutes.
    /// - Throws: `ServerError.tlsInvalid` if the pair does not load, `.reloadBusy` if connections under four earlier
    ///   certificates are still open, `.notServingTLS` for a server of plain HTTP or one that has stopped, `.startFailed`.
    ///   The certificate is then what it was before.
    package func reload(tls: ServerConfiguration.TLS) throws(ServerError) {
        guard engine.isTLS else { throw ServerError(.notServingTLS, "The server speaks plain HTTP.") }
        let next = try Daemon(engine, configuration, tls: tls)
        do throws(ServerError) {
            try daemons.replace(by: next)
        } catch {
            next.stop()
            throw error
        }
    }

    /// Stops: refuses new connections at once, lets the requests under way finish until the deadline, then answers 503
    /// to those that still wait for their `Reply`, and ends the threads. Returns when all is ended; again at once.
    ///
    /// Blocks; never call it from a handler. A handler that has not returned by the deadline is waited for.
    /// - Parameter deadlineSeconds: how long requests may take to finish.
    package func stop(deadlineSeconds: Double = 30) {
        acceptor.withLock { running in
            guard let current = running else { return }
            running = nil
            engine.isDraining.store(true, ordering: .sequentiallyConsistent)
            current.stop()
            let all = daemons.takeAll()
            if !Self.wait(deadlineSeconds, until: engine.gate.closeIfEmpty) {
                engine.gate.close()
                for exchange in all.flatMap({ $0.suspended.close() }) { exchange.stop() }
                _ = Self.wait(1) { engine.gate.count == 0 }
            }
            // libmicrohttpd ends the process if a connection is suspended while it stops.
            _ = Self.wait(Self.resumeSecondsMax) { all.allSatisfy { $0.suspended.isEmpty } }
            for daemon in all { daemon.stop() }
        }
    }

    /// How long another thread may take from settling an answer to resuming its connection.
    private static let resumeSecondsMax = 30.0

    /// Looks every millisecond whether `condition` holds, for `seconds` at most.
    private static func wait(_ seconds: Double, until condition: () -> Bool) -> Bool {
        var rest = Int(seconds * 1000)
        while !condition() {
            guard rest > 0 else { return false }
            rest -= 1
            usleep(1000)
        }
        return true
    }
}
