internal import Glibc

/// A stream of bytes that is read once, from one thread.
package protocol ByteSource: AnyObject {
    /// The next bytes, never empty; `nil` at the end. They are valid until the next call.
    /// - Throws: `IntakeError`.
    func next() throws -> UnsafeRawBufferPointer?
}

/// Bytes that can be read at any place, from one thread at a time.
package protocol RandomAccess: AnyObject {
    /// How many bytes there are.
    var byteCount: UInt64 { get }

    /// Fills `buffer` from `offset` as far as there are bytes, and returns how many were read; 0 only at the end.
    /// - Throws: `IntakeError`, or what a spool throws.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int
}

/// Reads a `RandomAccess` from its start to its end.
package final class AccessSource: ByteSource {
    private let access: any RandomAccess
    private let buffer: UnsafeMutableRawBufferPointer
    private var offset: UInt64 = 0

    package init(_ access: any RandomAccess, blockBytes: Int = 256 << 10) {
        self.access = access
        buffer = .allocate(byteCount: blockBytes, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    package func next() throws -> UnsafeRawBufferPointer? {
        let count = try access.read(into: buffer, at: offset)
        guard count > 0 else { return nil }
        offset += UInt64(count)
        return UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }
}

/// Reads a pipe, terminal or socket; does not close it.
package final class StreamSource: ByteSource {
    private let descriptor: Int32
    private let name: String
    private let progress: ReadingProgress?
    private let buffer: UnsafeMutableRawBufferPointer

    package init(descriptor: Int32, name: String, progress: ReadingProgress?) {
        self.descriptor = descriptor
        self.name = name
        self.progress = progress
        buffer = .allocate(byteCount: 256 << 10, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    package func next() throws -> UnsafeRawBufferPointer? {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                progress?.advance(by: UInt64(count))
                return UnsafeRawBufferPointer(rebasing: buffer[..<count])
            }
            if count == 0 { return nil }
            if errno != EINTR { throw IntakeError(.unreadable, "\(name) can't be read: \(systemMessage(errno))") }
        }
    }
}

/// A stream whose beginning can be looked at before it is read.
package final class HeadedSource: ByteSource {
    private let rest: any ByteSource
    private var pending: UnsafeRawBufferPointer?
    private var gathered: UnitBytes?

    package init(_ rest: any ByteSource) {
        self.rest = rest
    }

    /// The first bytes, at least `count` of them unless the stream is shorter; `next` gives them again.
    /// To be called before the first `next`.
    package func head(atLeast count: Int) throws -> UnsafeRawBufferPointer {
        if pending == nil { pending = try rest.next() }
        guard let first = pending else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        if first.count >= count { return first }
        let whole = UnitBytes(capacity: count * 2)
        whole.append(first)
        while whole.count < count, let more = try rest.next() { whole.append(more) }
        gathered = whole
        pending = whole.bytes
        return whole.bytes
    }

    package func next() throws -> UnsafeRawBufferPointer? {
        if let first = pending {
            pending = nil
            return first
        }
        gathered = nil
        return try rest.next()
    }
}

/// What the operating system says of an error number.
func systemMessage(_ number: Int32) -> String {
    guard let text = strerror(number) else { return "error \(number)" }
    return String(cString: text)
}
