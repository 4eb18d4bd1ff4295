internal import Base
internal import FHIR
internal import Intake
internal import JSONTape

/// The first part of an input in memory, for what is measured without reading and unpacking.
final class InputSample: @unchecked Sendable {
    // Safe to share: nothing changes after `init`.
    /// Whole documents, lines or entries, as an ingest's workers take them.
    let units: [RawUnit]
    /// Resources in them.
    let resources: Int
    /// Bytes in them.
    let bytes: Int
    /// The same resources, minified and put together to what the store takes as one block.
    let blocks: [[UInt8]]

    /// What a block of the store holds before it is compressed, about.
    static let blockBytes = 16_384

    private struct Enough: Error {}

    /// Reads an input until it holds about so many bytes.
    init(_ path: String, bytesMax: Int, rejectsPath: String, spoolPrefix: String, definitions: Definitions) throws {
        var units: [RawUnit] = []
        var bytes = 0
        let walker = SourceWalker(
            paths: [path], rejects: RejectsWriter(path: rejectsPath, originalBytesMax: 0),
            makeSpool: { try SealedSpool(prefix: spoolPrefix) })
        do {
            _ = try walker.run { unit in
                units.append(unit)
                bytes += unit.storage.count
                if bytes >= bytesMax { throw Enough() }
            }
        } catch is Enough {
            // As meant: the rest of the input is not needed.
        }
        self.units = units
        self.bytes = bytes
        (resources, blocks) = try Self.blocks(of: units, definitions)
    }

    private static func blocks(of units: [RawUnit], _ definitions: Definitions) throws -> (Int, [[UInt8]]) {
        let parser = try JSONParser(names: definitions.names)
        let resourceName = definitions.names.number(of: "resource")
        let entryName = definitions.names.number(of: "entry")
        let block = ByteWriter(capacity: blockBytes * 2)
        var blocks: [[UInt8]] = []
        var count = 0
        func close() {
            if block.count > 0 { blocks.append(block.copy()) }
            block.removeAll()
        }
        func take(_ resource: JSONValue) {
            resource.write(to: block)
            count += 1
            if block.count >= blockBytes { close() }
        }
        for unit in units {
            unit.forEachSlice { slice in
                guard let root = try? parser.parse(slice.bytes) else { return }
                if let entries = root.member(numbered: entryName), entries.isArray {
                    for entry in entries.elements { take(entry.member(numbered: resourceName) ?? entry) }
                } else {
                    take(root.member(numbered: resourceName) ?? root)
                }
            }
            close()
        }
        return (count, blocks)
    }
}
