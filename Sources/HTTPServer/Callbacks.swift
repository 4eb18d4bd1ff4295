internal import CMicrohttpd
internal import HTTP

/// The functions that libmicrohttpd calls. The closure pointer is an unretained `EventLoop`; a request's context is a retained
/// `Exchange`, a connection's a retained `ConnectionWatch`.
enum Callbacks {
    private static func loop(_ pointer: UnsafeMutableRawPointer?) -> EventLoop? {
        pointer.map { Unmanaged<EventLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// A request line has been read.
    static let requestBegins: martlet_uri_callback = { cls, target, connection in
        guard let loop = loop(cls), let connection else { return nil }
        loop.noteInput()
        let watch = martlet_MHD_socket_context(connection).map {
            Unmanaged<ConnectionWatch>.fromOpaque($0).takeUnretainedValue()
        }
        let exchange = Exchange(loop: loop, connection: connection, watch: watch, target: target)
        return Unmanaged.passRetained(exchange).toOpaque()
    }

    static let access: MHD_AccessHandlerCallback = { _, _, _, method, version, piece, count, context in
        guard let count, let exchange = context?.pointee else { return .NO }
        return Unmanaged<Exchange>.fromOpaque(exchange).takeUnretainedValue()
            .access(method: method, version: version, piece: piece, count: count)
    }

    static let requestEnds: MHD_RequestCompletedCallback = { _, _, context, _ in
        guard let pointer = context?.pointee else { return }
        context?.pointee = nil
        let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue()
        exchange.finish()
    }

    static let connectionChanges: MHD_NotifyConnectionCallback = { cls, connection, context, change in
        guard let loop = loop(cls), let connection, let context else { return }
        if change == .CONNECTION_NOTIFY_STARTED {
            loop.noteInput()
            let address = IPAddress(martlet_MHD_client_address(connection))
            let watch = ConnectionWatch(
                descriptor: martlet_MHD_socket(connection), daemon: loop.daemon, address: address,
                isTrustedProxy: address.map(loop.engine.trustedProxies.contains) ?? false,
                now: loop.engine.connections.now)
            loop.engine.connections.insert(watch)
            context.pointee = Unmanaged.passRetained(watch).toOpaque()
        } else if let pointer = context.pointee {
            context.pointee = nil
            loop.engine.connections.remove(Unmanaged<ConnectionWatch>.fromOpaque(pointer).takeRetainedValue())
        }
    }

    /// Leaves escapes alone: targets are decoded by `HTTP`, which refuses malformed ones.
    static let unescape: martlet_unescape_callback = { _, _, text in
        guard let text else { return 0 }
        var count = 0
        while text[count] != 0 { count += 1 }
        return count
    }
}
