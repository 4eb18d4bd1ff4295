package import Base
internal import Glibc

/// Where the program speaks: results on standard output, everything else on standard error.
package struct Console: Sendable {
    private let input: Int32
    private let output: Int32
    private let errors: Int32

    /// - Parameters: the descriptors to read from and to write to, which stay open.
    package init(
        input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO, errors: Int32 = STDERR_FILENO
    ) {
        self.input = input
        self.output = output
        self.errors = errors
    }

    /// Writes a result and a line end to standard output.
    /// - Throws: `MartletError.output` if it does not arrive.
    package func say(_ text: String) throws(MartletError) {
        guard Self.write(text + "\n", to: output) else {
            throw MartletError(.output, "cannot write to standard output: \(String(cString: strerror(errno)))")
        }
    }

    /// Writes a remark and a line end to standard error. What nobody can be told is dropped.
    package func note(_ text: String) {
        _ = Self.write(text + "\n", to: errors)
    }

    /// A log on standard error.
    /// - Parameter name: stands in front of its lines of text.
    package func log(_ format: Log.Format, name: StaticString) -> Log {
        Log(format, name: name, sink: Log.descriptor(errors))
    }

    /// Reads a line that nobody is to see, such as a password: on a terminal with a prompt and without an echo.
    /// - Returns: the line without its end; `nil` at the end of the input.
    /// - Throws: `MartletError.input` if the line is longer than a secret can be.
    package func secret(_ prompt: String) throws(MartletError) -> String? {
        var before = termios()
        let isTerminal = tcgetattr(input, &before) == 0
        if isTerminal {
            var quiet = before
            quiet.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(input, TCSAFLUSH, &quiet)
            draw(prompt)
        }
        defer {
            if isTerminal {
                tcsetattr(input, TCSAFLUSH, &before)
                draw("\n")
            }
        }
        var bytes: [UInt8] = []
        defer { bytes.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 0) } }
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(input, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") {
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
                return String(decoding: bytes, as: UTF8.self)
            }
            guard bytes.count < Self.secretBytesMax else {
                throw MartletError(.input, "the line on standard input is too long")
            }
            bytes.append(byte)
        }
    }

    private static let secretBytesMax = 4_096

    /// Writes to standard error as it is, for lines that are drawn over.
    func draw(_ text: String) {
        _ = Self.write(text, to: errors)
    }

    /// Whether standard error is a terminal on which a line can be drawn over.
    package var isTerminal: Bool {
        guard isatty(errors) == 1 else { return false }
        return getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
    }

    /// Columns of the terminal at standard error.
    var columns: Int {
        var size = winsize()
        guard ioctl(errors, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Whether the terminal shows characters beyond ASCII.
    var isUnicode: Bool {
        for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
            guard let value = getenv(name).map({ String(cString: $0).lowercased() }), !value.isEmpty else { continue }
            return value.contains("utf-8") || value.contains("utf8")
        }
        return false
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
    }
}
