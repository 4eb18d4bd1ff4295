internal import Base
internal import HTTP

/// The line of the log that tells of a request: its route and not its target, which names patients.
enum RequestLine {
    static func write(_ answered: AnsweredRequest, route: String, isFault: Bool, to log: Log) {
        let request = answered.request
        log.write(
            isFault ? .warning : .information, isFault ? "a request ended with a fault of the server" : "request",
            [
                .text("method", methods.contains(request.method) ? request.method.name : "other"),
                .text("route", route), .integer("status", answered.status.code),
                .number("milliseconds", Double(answered.nanoseconds / 1000) / 1000),
                .integer("body_bytes", answered.bodyBytes),
            ],
            about: LogContext(requestID: request.id, traceID: request.trace.traceID))
    }

    private static let methods: Set<HTTPMethod> = [.get, .head, .post, .put, .patch, .delete, .options]
}
