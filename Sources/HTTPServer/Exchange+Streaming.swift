internal import CMicrohttpd
internal import HTTP
internal import Synchronization

/// Bodies that are taken as they come.
extension Exchange {
    /// Asks a route whether it takes the body, before the client is told to send it.
    func begin(_ body: StreamedBody, _ head: RequestHead) -> MHD_Result {
        if case .length(let count) = head.framing, count > body.bytesMax {
            return refuse(engine.renderError(bodyTooLarge(body.bytesMax), request), head)
        }
        self.head = head
        streamedBytesMax = body.bytesMax
        stage = .opening
        watch?.enter(.answer, now: engine.connections.now)
        body.open(
            request,
            BodyOpening { [self] decision in
                guard !settle(.decision(decision)), case .accepted(let receiver) = decision else { return }
                receiver.abandon()
            })
        return open()
    }

    /// Goes by the route's decision if it is there, else suspends the connection until it is.
    func open() -> MHD_Result {
        guard let head else { return .NO }
        switch awaitSignal(mayWait: false) {
        case .decision(.accepted(let receiver)):
            watch?.enter(.body, now: engine.connections.now)
            stage = .streaming(receiver)
            return .YES
        case .decision(.refused(let response)): return refuse(response, head)
        case .decision(.failed(let error)), .answer(.failure(let error)):
            return refuse(engine.renderError(error, request), head)
        case .answer(.response), .resumed: return .NO
        case nil: return .YES
        }
    }

    /// Gives a piece of the body to its receiver, and lets the connection wait where that asks for it.
    func stream(_ piece: UnsafeRawBufferPointer, to receiver: any BodyReceiver) -> MHD_Result {
        watch?.received(piece.count)
        streamedBytes += piece.count
        guard streamedBytes <= streamedBytesMax else {
            // Only where no length was told before.
            receiver.abandon()
            stage = .discarding(engine.renderError(bodyTooLarge(streamedBytesMax), request))
            return .YES
        }
        switch receiver.receive(piece, BodyFlow { [self] in takeMore() }) {
        case .more: return .YES
        case .later: return pause()
        case .nothing:
            stage = .draining(receiver)
            return .YES
        }
    }

    private func pause() -> MHD_Result {
        meeting.withLock { meeting in
            if case .settled(.resumed) = meeting {
                meeting = .open
                return .YES
            }
            // Of a body in chunks libmicrohttpd goes on with those that it has, suspended or not.
            if case .paused = meeting { return .YES }
            // The connection is closed, and the receiver told.
            guard loop.suspended.insert(self) else { return .NO }
            meeting = .paused
            // What takes time now is the server's doing.
            watch?.enter(.answer, now: engine.connections.now)
            MHD_suspend_connection(connection)
            return .YES
        }
    }

    private func takeMore() {
        meeting.withLock { meeting in
            switch meeting {
            case .open: meeting = .settled(.resumed)
            case .paused:
                meeting = .open
                watch?.enter(.body, now: engine.connections.now)
                // Under the lock: of a body in chunks the server's thread may come to the next one, and suspend the
                // connection again, at any moment.
                resume()
            case .ended, .awaited, .suspended, .settled, .finished: break
            }
        }
    }

    /// The body is whole, or what was left of it has been thrown away.
    func finish(_ receiver: any BodyReceiver) -> MHD_Result {
        watch?.enter(.answer, now: engine.connections.now)
        stage = .handled
        meeting.withLock { $0 = .ended }
        receiver.finish(Reply { self.deliver($0) })
        return answer()
    }
}
