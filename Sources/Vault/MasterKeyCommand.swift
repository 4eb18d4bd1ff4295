internal import Base
internal import Glibc

/// Runs a program that prints the master key.
enum MasterKeyCommand {
    /// How long it may take: someone may have to type a passphrase.
    static let secondsMax = 60
    private static let outputBytesMax = 4096

    /// The key on the first line of the command's output.
    /// - Throws: `VaultError.masterKey` if it cannot be run, fails, takes too long, or prints something else.
    static func run(_ command: String, secondsMax: Int = secondsMax) throws(VaultError) -> SecretKey {
        guard let words = words(command) else { throw failure("has a quotation mark without its other") }
        guard !words.isEmpty else { throw failure("is empty") }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failure("cannot be run: \(reason(errno))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let started = spawn(words, output: ends[1])
        close(ends[1])
        let process = try started.get()
        var output = [UInt8](repeating: 0, count: outputBytesMax + 1)
        defer { SecretBytes.erase(&output) }
        let deadline = monotonicNanoseconds() + UInt64(secondsMax) * 1_000_000_000
        let read = read(ends[0], into: &output, until: deadline)
        let isTooLong = read.map { $0 > outputBytesMax } ?? false
        let status = end(process, until: deadline, isAtOnce: read == nil || isTooLong)
        guard !isTooLong else { throw failure("printed more than \(outputBytesMax) bytes") }
        guard let count = read, let status else { throw failure("took more than \(secondsMax) seconds") }
        guard status == 0 else { throw failure("failed with the exit code \(status)") }
        guard let key = try KeyText.key(output.prefix(count)) else {
            throw failure("printed no key of 64 hexadecimal digits on its first line")
        }
        return key
    }

    /// The words of a command: separated by white space; within quotation marks, single or double, all is as it stands.
    /// Nothing else means anything: no variable, no pipe, no wild card.
    /// - Returns: `nil` if a quotation mark is not closed.
    static func words(_ command: String) -> [String]? {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in command {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == " " || character == "\t" || character == "\n" {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return quote == nil ? words : nil
    }

    private static func spawn(_ words: [String], output: Int32) -> Result<pid_t, VaultError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What the program starts in turn is ended with it.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
        return code == 0 ? .success(process) : .failure(failure("cannot be run: \(reason(code))"))
    }

    /// - Returns: how many bytes came before the end, or one more than may; `nil` if they took too long.
    private static func read(_ descriptor: Int32, into output: inout [UInt8], until deadline: UInt64) -> Int? {
        var count = 0
        while count < output.count {
            let now = monotonicNanoseconds()
            guard now < deadline else { return nil }
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, Int32((deadline - now) / 1_000_000) + 1) > 0 else { continue }
            let room = output.count - count
            let got = output.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, room) }
            if got <= 0 { return count }
            count += got
        }
        return count
    }

    /// Waits for a process, and ends it where it does not end by itself.
    /// - Returns: its exit code, 128 and more for a signal; `nil` if it had to be ended.
    private static func end(_ process: pid_t, until deadline: UInt64, isAtOnce: Bool) -> Int? {
        var status: Int32 = 0
        while !isAtOnce, monotonicNanoseconds() < deadline {
            if waitpid(process, &status, WNOHANG) == process {
                let signal = Int(status & 0x7F)
                return signal == 0 ? Int(status >> 8 & 0xFF) : 128 + signal
            }
            usleep(2000)
        }
        kill(-process, SIGKILL)
        waitpid(process, &status, 0)
        return nil
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    private static func failure(_ what: String) -> VaultError {
        VaultError(code: .masterKey, detail: "the command of the master key \(what)")
    }
}
