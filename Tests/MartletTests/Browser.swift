import Foundation
import Glibc
import TestSupport

/// One browser, or one program with a credential of its own: it keeps cookies from answer to answer and follows nothing.
final class Browser {
    /// An answer as it came.
    struct Answer {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        /// Everything of it, for a search of what must not be there.
        var whole: String { headers.map { "\($0.name): \($0.value)\n" }.joined() + text }

        func header(_ name: String) -> String? {
            headers.first { $0.name == name.lowercased() }?.value
        }

        /// The first text member of that name, wherever it stands in the JSON.
        func text(_ member: String) -> String? {
            Self.after("\"\(member)\":\"", in: text).map { String($0.prefix { $0 != "\"" }) }
        }

        /// The value of a form's hidden field.
        func hidden(_ field: String) -> String? {
            Self.after("name=\"\(field)\" value=\"", in: text).map { String($0.prefix { $0 != "\"" }) }
        }

        private static func after(_ mark: String, in text: String) -> Substring? {
            text.range(of: mark).map { text[$0.upperBound...] }
        }
    }

    let port: Int
    /// By name.
    var cookies: [String: String] = [:]
    /// Sent with every request.
    var headers: [String: String] = [:]

    private static let timeoutSeconds = 60

    init(port: Int, token: String? = nil) {
        self.port = port
        if let token { headers["Authorization"] = "Bearer " + token }
    }

    func get(_ target: String, headers: [String: String] = [:]) throws -> Answer {
        try send("GET", target, headers: headers)
    }

    /// Sends JSON.
    func post(_ target: String, _ json: String, headers: [String: String] = [:]) throws -> Answer {
        try send("POST", target, json, headers: headers)
    }

    /// Sends a form as a browser does.
    func post(
        _ target: String, form: KeyValuePairs<String, String>, headers: [String: String] = [:]
    ) throws -> Answer {
        let body = form.map { Self.encode($0.key) + "=" + Self.encode($0.value) }.joined(separator: "&")
        return try send("POST", target, body, type: "application/x-www-form-urlencoded", headers: headers)
    }

    func send(
        _ method: String, _ target: String, _ body: String? = nil, type: String? = nil, headers: [String: String] = [:]
    ) throws -> Answer {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in self.headers.merging(headers, uniquingKeysWith: { $1 }) { head += "\(name): \(value)\r\n" }
        if !cookies.isEmpty {
            head += "Cookie: " + cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ") + "\r\n"
        }
        if let body {
            let standard = target.contains("/fhir") ? "application/fhir+json" : "application/json"
            head += "Content-Type: \(type ?? standard)\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        let answer = try Self.exchange(Array((head + "\r\n" + (body ?? "")).utf8), port: port)
        keep(answer)
        return answer
    }

    private func keep(_ answer: Answer) {
        for (name, value) in answer.headers where name == "set-cookie" {
            let pair = value.prefix { $0 != ";" }
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let cookie = String(pair[pair.index(after: equals)...])
            cookies[String(pair[..<equals])] = cookie.isEmpty || value.contains("Max-Age=0") ? nil : cookie
        }
    }

    /// As form fields and queries have it.
    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
        }.joined()
    }

    // MARK: The wire

    private static func exchange(_ request: [UInt8], port: Int) throws -> Answer {
        let descriptor = try LoopbackSocket.connect(port: port, timeoutSeconds: timeoutSeconds)
        defer { close(descriptor) }
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            all += buffer[..<count]
        }
        return try read(all)
    }

    private static func read(_ bytes: [UInt8]) throws -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw WireClient.Failure(reason: "no answer")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { throw WireClient.Failure(reason: "no status") }
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (
                name: line[..<colon].lowercased(),
                value: line[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
            )
        }
        var body = Array(bytes[end.upperBound...])
        if headers.contains(where: { $0.name == "transfer-encoding" && $0.value == "chunked" }) {
            body = try joined(body)
        } else if let text = headers.first(where: { $0.name == "content-length" })?.value, let count = Int(text),
            status != 204, status != 304
        {
            guard body.count == count else { throw WireClient.Failure(reason: "\(body.count) of \(count) bytes came") }
        }
        return Answer(status: status, headers: headers, body: body)
    }

    private static func joined(_ chunked: [UInt8]) throws -> [UInt8] {
        var rest = chunked[...]
        var body: [UInt8] = []
        while let end = rest.firstRange(of: [0x0D, 0x0A]) {
            guard let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16) else { break }
            if size == 0 { return body }
            let chunk = rest[end.upperBound...].prefix(size)
            body += chunk
            rest = rest[end.upperBound...].dropFirst(size + 2)
        }
        throw WireClient.Failure(reason: "the answer was cut off")
    }
}
