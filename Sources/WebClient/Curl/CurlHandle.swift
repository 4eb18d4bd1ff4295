internal import Base
internal import CCurl

/// One transfer of libcurl over connections that are kept. Used by one thread.
///
/// Each transfer has a handle of its own: libcurl 7.88 keeps a pointer to the last field of the answer before in a handle
/// that is used again, and reads it after it was freed when an answer begins with a folded line.
final class CurlHandle: @unchecked Sendable {
    // Safe to share: only `wake` is called from other threads, on the multi handle, which is made for it.
    let easy: UnsafeMutableRawPointer
    private let connections: CurlConnections
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    /// How long libcurl may sleep before it looks at the limits again.
    private static let sleepMillisecondsMax: UInt64 = 1_000

    private var multi: UnsafeMutableRawPointer { connections.multi }

    init(_ connections: CurlConnections) throws(WebClientError) {
        guard let easy = curl_easy_init() else {
            throw WebClientError(.unavailable, "libcurl cannot be made ready")
        }
        self.easy = easy
        self.connections = connections
    }

    deinit {
        curl_easy_cleanup(easy)
        for list in lists { curl_slist_free_all(list) }
    }

    private func wake() {
        _ = curl_multi_wakeup(multi)
    }

    // MARK: Options

    func set(_ option: CURLoption, _ value: Int) throws(WebClientError) {
        try check(martlet_curl_set_long(easy, option, value))
    }

    func set(_ option: CURLoption, size: UInt64) throws(WebClientError) {
        try check(martlet_curl_set_size(easy, option, curl_off_t(clamping: size)))
    }

    /// libcurl copies the text.
    func set(_ option: CURLoption, _ value: String?) throws(WebClientError) {
        try check(martlet_curl_set_text(easy, option, value))
    }

    /// The pointer must live as long as the handle is used with it.
    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) throws(WebClientError) {
        try check(martlet_curl_set_pointer(easy, option, pointer))
    }

    /// The lines are kept as long as the handle.
    func set(_ option: CURLoption, lines: [String]) throws(WebClientError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw WebClientError(.unavailable, "there is no memory for a request")
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        try check(martlet_curl_set_list(easy, option, list))
    }

    func set(_ option: CURLoption, function: @escaping martlet_curl_data_callback) throws(WebClientError) {
        try check(martlet_curl_set_data_function(easy, option, function))
    }

    private func check(_ code: CURLcode) throws(WebClientError) {
        guard code == CURLE_OK else {
            throw WebClientError(
                .unavailable, "libcurl lacks what is needed: " + String(cString: curl_easy_strerror(code)))
        }
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return martlet_curl_get_long(easy, info, &value) == CURLE_OK ? value : 0
    }

    // MARK: Running

    /// How a transfer ended.
    enum End {
        case done(CURLcode)
        case timedOut(Limit)
        case cancelled
    }

    enum Limit {
        case silence
        case whole
    }

    /// Runs what the options say, on this thread, until it ends or a limit is over.
    /// - Parameters:
    ///   - deadline: in `monotonicNanoseconds`.
    ///   - beats: a number that grows with every byte that came or went.
    func run(
        silentSecondsMax: Double, deadline: UInt64?, cancellations: [WebCancellation], beats: () -> UInt64
    ) throws(WebClientError) -> End {
        let numbers = cancellations.map { $0.add { [self] in wake() } }
        defer { for (cancellation, number) in zip(cancellations, numbers) { cancellation.remove(number) } }
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            throw WebClientError(.unavailable, "libcurl cannot begin a transfer")
        }
        defer { curl_multi_remove_handle(multi, easy) }

        let silence = UInt64(max(0, min(silentSecondsMax, 1e9)) * 1e9)
        var lastBeats = beats()
        var lastBeatAt = monotonicNanoseconds()
        while true {
            var running: Int32 = 0
            let code = curl_multi_perform(multi, &running)
            guard code == CURLM_OK else { throw WebClientError(.unavailable, "libcurl failed within a transfer") }
            if let end = message() { return .done(end) }
            if cancellations.contains(where: \.isCancelled) { return .cancelled }
            let now = monotonicNanoseconds()
            let currentBeats = beats()
            if currentBeats != lastBeats {
                lastBeats = currentBeats
                lastBeatAt = now
            }
            if let deadline, now >= deadline { return .timedOut(.whole) }
            guard now < lastBeatAt + silence else { return .timedOut(.silence) }
            let rest = min(lastBeatAt + silence, deadline ?? .max) - now
            let milliseconds = min(rest / 1_000_000 + 1, Self.sleepMillisecondsMax)
            _ = curl_multi_poll(multi, nil, 0, Int32(milliseconds), nil)
        }
    }

    private func message() -> CURLcode? {
        var waiting: Int32 = 0
        while let message = curl_multi_info_read(multi, &waiting) {
            if message.pointee.msg == CURLMSG_DONE { return message.pointee.data.result }
        }
        return nil
    }
}
