package import Base

/// Writes whole resources one after another as a transaction Bundle or as NDJSON, straight into bytes.
///
/// Fields follow `open` each with a leading comma; `close` ends the resource.
package struct ResourceWriter {
    /// How the resources are laid out, and with it how they refer to each other.
    package enum Form: Sendable {
        /// One transaction Bundle: `urn:uuid:` within it, conditional references to the care network.
        case bundle
        /// One resource a line: references are `Type/id`.
        case lines
    }

    /// Where the text goes.
    package let out: ByteWriter
    let form: Form
    /// How many resources have been closed.
    private(set) var count = 0

    /// Begins to write to `out`; a Bundle is opened at once.
    package init(_ out: ByteWriter, form: Form) {
        self.out = out
        self.form = form
        if form == .bundle { out.write(#"{"resourceType":"Bundle","type":"transaction","entry":["#) }
    }

    /// Ends the Bundle, if it is one.
    func finish() {
        if form == .bundle { out.write("]}\n") }
    }

    /// Starts a resource with its type and id.
    func open(_ kind: ResourceKind, _ id: ResourceID) {
        if form == .bundle {
            if count > 0 { out.write(0x2C) }
            out.write(#"{"fullUrl":"urn:uuid:"#)
            id.write(into: out)
            out.write(#"","resource":"#)
        }
        out.write(#"{"resourceType":""#)
        out.write(kind.name)
        out.write(#"","id":""#)
        id.write(into: out)
        out.write(0x22)
    }

    /// Ends a resource. `npi` makes its creation conditional, so that a shared resource sent twice exists once.
    mutating func close(_ kind: ResourceKind, createdOnceBy identifier: SharedIdentifier? = nil) {
        out.write(0x7D)
        count += 1
        guard form == .bundle else {
            out.write(0x0A)
            return
        }
        out.write(#","request":{"method":"POST","url":""#)
        out.write(kind.name)
        if let identifier {
            out.write(#"","ifNoneExist":"identifier="#)
            identifier.write(into: out)
        }
        out.write(#""}}"#)
    }

    /// A Reference to a resource of the same record. The object is left open for a display: end it with `}`.
    func openReference(_ kind: ResourceKind, _ id: ResourceID) {
        if form == .bundle {
            out.write(#"{"reference":"urn:uuid:"#)
        } else {
            out.write(#"{"reference":""#)
            out.write(kind.name)
            out.write(0x2F)
        }
        id.write(into: out)
        out.write(0x22)
    }

    /// A Reference to a resource of the same record.
    func reference(_ kind: ResourceKind, _ id: ResourceID) {
        openReference(kind, id)
        out.write(0x7D)
    }

    /// A Reference to a resource of the care network, which lies outside of the patient's Bundle.
    func reference(_ kind: ResourceKind, _ id: ResourceID, _ identifier: SharedIdentifier, display: String) {
        out.write(#"{"reference":""#)
        out.write(kind.name)
        if form == .bundle {
            out.write("?identifier=")
            identifier.write(into: out)
        } else {
            out.write(0x2F)
            id.write(into: out)
        }
        out.write(#"","display":"#)
        writeJSONString(display, to: out)
        out.write(0x7D)
    }
}
