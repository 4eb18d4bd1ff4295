package import Base
internal import CSimdjson

extension JSONValue {
    /// Writes the value as JSON without white space. Numbers keep their digits; replaced strings show their new text.
    package func write(to writer: ByteWriter) {
        let nodes = tape.pointee.nodes
        let bytes = tape.pointee.bytes
        guard let nodes, let bytes else { return }
        writeNodes(from: index, to: Int(nodes[index].next), nodes: nodes, bytes: bytes, writer: writer)
    }

    /// Writes an object's members, one after another with commas between and none around, leaving some out.
    /// - Parameters:
    ///   - writer: where the text goes.
    ///   - isLeftOut: tells of a member whether it is left out.
    /// - Returns: how many members were written.
    @discardableResult
    package func writeMembers(to writer: ByteWriter, leavingOut isLeftOut: (JSONMember) -> Bool) -> Int {
        var count = 0
        for member in members where !isLeftOut(member) {
            if count > 0 { writer.write(UInt8(ascii: ",")) }
            writeJSONString(member.name, to: writer)
            writer.write(UInt8(ascii: ":"))
            member.value.write(to: writer)
            count += 1
        }
        return count
    }
}

/// Writes the values from one place of the tape to another, recursing once per container.
private func writeNodes(
    from start: Int, to end: Int, nodes: UnsafePointer<mjt_node>, bytes: UnsafePointer<UInt8>, writer: ByteWriter
) {
    let node = nodes[start]
    switch Int(node.kind) {
    case MJT_OBJECT:
        writer.write(UInt8(ascii: "{"))
        var next = start + 1
        while next < end {
            if next > start + 1 { writer.write(UInt8(ascii: ",")) }
            writeText(nodes[next], bytes: bytes, writer: writer)
            writer.write(UInt8(ascii: ":"))
            let value = next + 1
            next = Int(nodes[value].next)
            writeNodes(from: value, to: next, nodes: nodes, bytes: bytes, writer: writer)
        }
        writer.write(UInt8(ascii: "}"))
    case MJT_ARRAY:
        writer.write(UInt8(ascii: "["))
        var next = start + 1
        while next < end {
            if next > start + 1 { writer.write(UInt8(ascii: ",")) }
            let value = next
            next = Int(nodes[value].next)
            writeNodes(from: value, to: next, nodes: nodes, bytes: bytes, writer: writer)
        }
        writer.write(UInt8(ascii: "]"))
    case MJT_STRING:
        writeText(node, bytes: bytes, writer: writer)
    default:
        writer.write(bytes + Int(node.offset), count: Int(node.length))
    }
}

/// Writes a string or key with its quotes. One that stands in the source as it was needs no escaping.
private func writeText(_ node: mjt_node, bytes: UnsafePointer<UInt8>, writer: ByteWriter) {
    if node.moved == 0 {
        writer.write(bytes + Int(node.offset) - 1, count: Int(node.length) + 2)
    } else {
        writeJSONString(UnsafeRawBufferPointer(start: bytes + Int(node.offset), count: Int(node.length)), to: writer)
    }
}
