internal import CCurl
internal import Glibc
internal import HTTP

/// One exchange with a server, as libcurl's callbacks see it: the body goes out of it, header and body come into it.
final class Transfer {
    /// Takes pieces of the body, with the header that came before them.
    typealias Receive = (WebResponse, UnsafeRawBufferPointer) throws -> Void

    /// Who is asked, as errors name it.
    private let origin: String
    private let body: WebBody
    private let receive: Receive
    private let answerBytesMax: UInt64
    private let headerBytesMax: Int
    private let isCancelled: () -> Bool
    /// Whether the body of this answer is for nobody.
    private let discards: (HTTPStatus, HTTPHeaders) -> Bool

    private(set) var response: WebResponse
    /// Why a callback ended the transfer.
    private(set) var failure: WebClientError?
    /// Whether the transfer was ended on purpose, with an answer that is whole for its purpose.
    private(set) var isCutOff = false
    /// Grows with every byte that came or went.
    private(set) var beats: UInt64 = 0

    private var headerBytes = 0
    private var receivedBytes: UInt64 = 0
    private var sentBytes: UInt64 = 0
    /// Whether the header of the answer itself, not of an interim one, is whole; what comes later are trailers.
    private var isHeaderDone = false
    private var isDiscarded = false
    private let decodes: Bool

    private static let discardedBytesMax: UInt64 = 64 << 10

    init(
        _ url: WebURL, body: WebBody, answerBytesMax: UInt64, headerBytesMax: Int, decodes: Bool,
        discards: @escaping (HTTPStatus, HTTPHeaders) -> Bool, receive: @escaping Receive
    ) {
        origin = url.origin
        isCancelled = { false }
        self.body = body
        self.receive = receive
        self.answerBytesMax = answerBytesMax
        self.headerBytesMax = headerBytesMax
        self.decodes = decodes
        self.discards = discards
        response = WebResponse(status: HTTPStatus(0), headers: [:], url: url.text)
    }

    /// An exchange that only sends, within which libcurl waits by itself.
    init(body: WebBody, origin: String, isCancelled: @escaping () -> Bool) {
        self.origin = origin
        self.isCancelled = isCancelled
        self.body = body
        receive = { _, _ in }
        answerBytesMax = 0
        headerBytesMax = 0
        decodes = false
        discards = { _, _ in true }
        response = WebResponse(status: HTTPStatus(0), headers: [:], url: "")
    }

    private func fail(_ code: WebClientError.Code, _ what: String, cause: (any Error)? = nil) {
        if failure == nil { failure = WebClientError(code, "\(origin): \(what)", cause: cause) }
    }

    // MARK: Header

    /// One line of the header.
    /// - Returns: whether to go on.
    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        beats += 1
        headerBytes += bytes.count
        guard headerBytes <= headerBytesMax else {
            fail(.tooLarge, "the answer's header is larger than \(headerBytesMax) bytes")
            return false
        }
        guard !isHeaderDone else { return true }
        var line = bytes[...]
        while let last = line.last, last == 0x0A || last == 0x0D || last == 0x20 || last == 0x09 { line.removeLast() }
        if line.isEmpty { return endHeader() }
        if line.starts(with: "HTTP/".utf8) {
            response.headers = HTTPHeaders()
            let words = line.split(separator: 0x20, maxSplits: 2)
            let digits = words.count > 1 ? words[1] : line[line.endIndex...]
            var code = 0
            for digit in digits.prefix(3) { code = code * 10 + Int(digit &- 0x30) }
            response.status = HTTPStatus(code)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), line.first != 0x20, line.first != 0x09 {
            let value = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
            response.headers.add(
                String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
        return true
    }

    private func endHeader() -> Bool {
        guard response.status.code >= 200 else { return true }
        isHeaderDone = true
        isDiscarded = discards(response.status, response.headers)
        if decodes, response.headers["Content-Encoding"] != nil {
            response.headers["Content-Encoding"] = nil
            response.headers["Content-Length"] = nil
        }
        if !isDiscarded, let length = response.headers["Content-Length"].flatMap({ UInt64($0) }),
            length > answerBytesMax
        {
            fail(.tooLarge, "the answer is larger than \(answerBytesMax) bytes")
            return false
        }
        return true
    }

    // MARK: Body of the answer

    /// - Returns: whether to go on.
    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        beats += 1
        receivedBytes += UInt64(bytes.count)
        if isDiscarded {
            isCutOff = receivedBytes > Self.discardedBytesMax
            return !isCutOff
        }
        guard receivedBytes <= answerBytesMax else {
            fail(.tooLarge, "the answer is larger than \(answerBytesMax) bytes")
            return false
        }
        do {
            try receive(response, bytes)
            return true
        } catch {
            fail(.receiverFailed, "what came could not be taken", cause: error)
            return false
        }
    }

    // MARK: Body of the request

    /// - Returns: how many bytes were put into the buffer, 0 at the end; `nil` to end the transfer.
    private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
        beats += 1
        let rest = body.byteCount.map { $0 - min(sentBytes, $0) } ?? .max
        guard rest > 0 else { return 0 }
        let space = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(min(UInt64(buffer.count), rest))))
        let count: Int
        do {
            switch body {
            case .none: return 0
            case .bytes(let bytes):
                space.copyBytes(from: bytes[Int(sentBytes)...].prefix(space.count))
                count = space.count
            case .readable(_, let read): count = try read(space, sentBytes)
            case .stream(_, let read): count = try read(space)
            }
        } catch {
            fail(.bodyFailed, "the request's body could not be read", cause: error)
            return nil
        }
        guard (0...space.count).contains(count), count > 0 || body.byteCount == nil else {
            fail(.bodyFailed, "the request's body has fewer bytes than it should")
            return nil
        }
        sentBytes += UInt64(count)
        return count
    }

    private func rewind(to offset: curl_off_t) -> Bool {
        guard body.isRepeatable, offset >= 0, UInt64(offset) <= body.byteCount ?? 0 else { return false }
        sentBytes = UInt64(offset)
        return true
    }

    // MARK: Callbacks

    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    static let headerCallback: martlet_curl_data_callback = { data, size, count, context in
        guard let transfer = of(context) else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return transfer.takeHeader(bytes) ? bytes.count : 0
    }

    static let bodyCallback: martlet_curl_data_callback = { data, size, count, context in
        guard let transfer = of(context) else { return 0 }
        let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
        return transfer.takeBody(bytes) ? bytes.count : 0
    }

    /// Takes note that something came, and no more.
    static let beatCallback: martlet_curl_data_callback = { _, size, count, context in
        guard let transfer = of(context) else { return 0 }
        transfer.beats += 1
        return size * count
    }

    static let progressCallback:
        @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> Int32 = {
            context, _, _, _, _ in of(context)?.isCancelled() == true ? 1 : 0
        }

    static let sendCallback: martlet_curl_data_callback = { data, size, count, context in
        guard let transfer = of(context) else { return Int(CURL_READFUNC_ABORT) }
        return transfer.give(UnsafeMutableRawBufferPointer(start: data, count: size * count))
            ?? Int(CURL_READFUNC_ABORT)
    }

    static let seekCallback: @convention(c) (UnsafeMutableRawPointer?, curl_off_t, Int32) -> Int32 = {
        context, offset, origin in
        guard let transfer = of(context), origin == SEEK_SET, transfer.rewind(to: offset) else {
            return CURL_SEEKFUNC_CANTSEEK
        }
        return CURL_SEEKFUNC_OK
    }
}
