internal import Base

/// The place of a request in a trace that spans several programs.
/// - Source: W3C Trace Context, https://www.w3.org/TR/trace-context/.
package struct TraceContext: Hashable, Sendable, CustomStringConvertible {
    /// The field that carries it.
    package static let fieldName = "traceparent"

    /// 32 lower-case hexadecimal digits, not all zero.
    package let traceID: String
    /// 16 lower-case hexadecimal digits, not all zero: the step that asked.
    package let parentID: String
    /// Whether the caller may have recorded its step.
    package let isSampled: Bool

    private static let textBytes = 55
    private static let textBytesMax = 512

    init(traceID: String, parentID: String, isSampled: Bool) {
        self.traceID = traceID
        self.parentID = parentID
        self.isSampled = isSampled
    }

    /// Reads `00-TRACE-PARENT-FLAGS`; of later versions the parts that are known.
    /// - Returns: `nil` for anything else: whoever gets it begins a trace of its own.
    package init?(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.textBytesMax + 1))
        let dash = UInt8(ascii: "-")
        guard (Self.textBytes...Self.textBytesMax).contains(bytes.count), bytes[2] == dash, bytes[35] == dash,
            bytes[52] == dash, let version = Self.byte(bytes, 0), version != 0xFF,
            let flags = Self.byte(bytes, 53), Self.isID(bytes[3..<35]), Self.isID(bytes[36..<52])
        else { return nil }
        // Version 00 has nothing behind the flags; a later one may, behind a dash.
        guard bytes.count == Self.textBytes || (version != 0 && bytes[Self.textBytes] == dash) else { return nil }
        traceID = String(decoding: bytes[3..<35], as: UTF8.self)
        parentID = String(decoding: bytes[36..<52], as: UTF8.self)
        isSampled = flags & 1 == 1
    }

    /// What is sent on: version 00, with the one flag that is known.
    package var description: String { "00-\(traceID)-\(parentID)-\(isSampled ? "01" : "00")" }

    private static func isID(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy { digit($0) != nil } && digits.contains { $0 != UInt8(ascii: "0") }
    }

    private static func byte(_ bytes: [UInt8], _ offset: Int) -> UInt8? {
        guard let high = digit(bytes[offset]), let low = digit(bytes[offset + 1]) else { return nil }
        return high << 4 | low
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension HTTPRequest {
    /// The trace that the request belongs to, with this server's own step as the parent of what follows from it. It goes
    /// on with what `traceparent` says, if that is well-formed; else it is a new trace, made from the request's id, so
    /// that it is the same whenever it is asked for.
    package var trace: TraceContext {
        let given = headers.fields.filter { HTTPHeaders.sameName($0.name, TraceContext.fieldName) }
        // Two of them are none: which one counts would be anybody's guess.
        let caller = given.count == 1 ? TraceContext(given[0].value) : nil
        var id = self.id
        let (low, high, step) = id.withUTF8 { bytes -> (UInt64, UInt64, UInt64) in
            let raw = UnsafeRawBufferPointer(bytes)
            let trace = SipHash.hash128(raw, key: SipKey(low: 0, high: 0))
            return (trace.low, trace.high, SipHash.hash64(raw, key: SipKey(low: 1, high: 0)))
        }
        return TraceContext(
            traceID: caller?.traceID ?? Self.digits(high) + Self.digits(low | 1),
            parentID: Self.digits(step == 0 ? 1 : step), isSampled: caller?.isSampled ?? false)
    }

    private static func digits(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
