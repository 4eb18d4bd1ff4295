internal import Glibc

/// Where the program speaks: results on standard output, everything else on standard error.
package struct Console: Sendable {
    private let output: Int32
    private let errors: Int32

    /// - Parameters: the descriptors to write to, which stay open.
    package init(output: Int32 = STDOUT_FILENO, errors: Int32 = STDERR_FILENO) {
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
