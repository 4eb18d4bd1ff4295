internal import Base

/// Writes JSON objects member by member, with the shapes that an AuditEvent is made of.
struct FHIRText {
    private let writer: ByteWriter

    init(_ writer: ByteWriter) {
        self.writer = writer
    }

    func object(_ body: () -> Void) {
        separate()
        writer.write("{")
        body()
        writer.write("}")
    }

    func array(_ body: () -> Void) {
        writer.write("[")
        body()
        writer.write("]")
    }

    func key(_ name: StaticString) {
        separate()
        writer.write("\"")
        writer.write(name)
        writer.write("\":")
    }

    func string(_ value: String) {
        separate()
        writeJSONString(value, to: writer)
    }

    func member(_ name: StaticString, _ value: String) {
        key(name)
        writeJSONString(value, to: writer)
    }

    func member(_ name: StaticString, _ value: Bool) {
        key(name)
        writer.write(value ? "true" : "false")
    }

    func coding(_ coding: AuditCoding) {
        object {
            member("system", coding.system)
            member("code", coding.code)
            if let display = coding.display { member("display", display) }
        }
    }

    func concept(_ coding: AuditCoding) {
        object {
            key("coding")
            array { self.coding(coding) }
        }
    }

    /// A comma, where something stands before.
    private func separate() {
        guard writer.count > 0 else { return }
        switch writer.base[writer.count - 1] {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"), UInt8(ascii: ","), 0x0A: break
        default: writer.write(",")
        }
    }
}
