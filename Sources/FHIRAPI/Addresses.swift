internal import Base
internal import JSONTape
internal import RecordStore

/// Addresses of resources under this interface.
struct Addresses {
    /// Without a slash at the end.
    let base: String

    func resource(type: String, id: String) -> String { base + "/" + type + "/" + id }

    func version(type: String, id: String, sequence: UInt64) -> String {
        resource(type: type, id: id) + "/_history/" + String(sequence)
    }

    /// Writes the address of a resource as a JSON string.
    func write(_ resource: StoredResource, to writer: ByteWriter) {
        writer.write("\"")
        writer.write(base)
        writer.write(UInt8(ascii: "/"))
        resource.writeReference(to: writer)
        writer.write("\"")
    }
}
