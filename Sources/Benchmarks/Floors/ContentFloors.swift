internal import Base
internal import Compression
internal import FHIR
internal import Intake
internal import JSONTape
internal import Synchronization
internal import Vault

/// What the content alone costs: unpacking, parsing, compressing and sealing, with nothing around them.
enum ContentFloors {
    /// Reads, unpacks and cuts the whole input, and does nothing with it.
    static func unpack(_ path: String, rejectsPath: String, spoolPrefix: String) throws -> Timing {
        let walker = SourceWalker(
            paths: [path], rejects: RejectsWriter(path: rejectsPath, originalBytesMax: 0),
            makeSpool: { try SealedSpool(prefix: spoolPrefix) })
        return try Timing.of { try walker.run { _ in } }.timing
    }

    /// Parses every unit and walks every value of it, on all cores.
    static func parseAndWalk(_ sample: InputSample, _ definitions: Definitions) throws -> Timing {
        let names = definitions.names
        let total = ByteTotal()
        return try Timing.of {
            try ParallelRun.run(pieces: sample.units.count, makeTools: { try JSONParser(names: names) }) {
                parser, place in
                sample.units[place].forEachSlice { slice in
                    if let root = try? parser.parse(slice.bytes) { total.add(walk(root)) }
                }
            }
        }.timing
    }

    /// Parses every unit and checks the structure of the resources in it, on all cores.
    static func parseAndCheck(_ sample: InputSample, _ definitions: Definitions) throws -> Timing {
        let total = ByteTotal()
        return try Timing.of {
            try ParallelRun.run(pieces: sample.units.count, makeTools: { try CheckingTools(definitions) }) {
                tools, place in
                sample.units[place].forEachSlice { slice in total.add(tools.check(slice.bytes)) }
            }
        }.timing
    }

    /// Compresses and seals every block, on all cores.
    /// - Returns: how long that took, and how many bytes came out.
    static func compressAndSeal(
        _ sample: InputSample, _ dictionaries: Dictionaries
    ) throws -> (timing: Timing, bytes: Int) {
        let total = ByteTotal()
        let key = try SecretKey.random()
        let timing = try Timing.of {
            try ParallelRun.run(
                pieces: sample.blocks.count, makeTools: { try SealingTools(dictionaries: dictionaries, key: key) }
            ) { tools, place in
                total.add(try tools.seal(sample.blocks[place], number: place))
            }
        }.timing
        return (timing, total.bytes)
    }

    /// The bytes of all names and texts in a value.
    private static func walk(_ value: JSONValue) -> Int {
        switch value.kind {
        case .object: value.members.reduce(0) { $0 + $1.name.count + walk($1.value) }
        case .array: value.elements.reduce(0) { $0 + walk($1) }
        case .string, .number: value.utf8.count
        case .true, .false, .null: 1
        }
    }
}

/// Adds up what threads saw, so that none of their work can be left out as unused.
private final class ByteTotal: Sendable {
    private let total = Atomic<Int>(0)

    var bytes: Int { total.load(ordering: .relaxed) }

    func add(_ bytes: Int) {
        total.add(bytes, ordering: .relaxed)
    }
}

/// What one thread checks with.
private final class CheckingTools {
    private let parser: JSONParser
    private let checker: StructureChecker
    private let resourceName: UInt16
    private let entryName: UInt16
    private var findings: [StructureFinding] = []
    private var references: [ReferenceSite] = []

    init(_ definitions: Definitions) throws {
        parser = try JSONParser(names: definitions.names)
        checker = StructureChecker(definitions: definitions)
        resourceName = definitions.names.number(of: "resource")
        entryName = definitions.names.number(of: "entry")
    }

    /// - Returns: how many references and findings there are.
    func check(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let root = try? parser.parse(bytes) else { return 0 }
        findings.removeAll(keepingCapacity: true)
        references.removeAll(keepingCapacity: true)
        if let entries = root.member(numbered: entryName), entries.isArray {
            for entry in entries.elements { check(entry.member(numbered: resourceName) ?? entry) }
        } else {
            check(root.member(numbered: resourceName) ?? root)
        }
        return findings.count + references.count
    }

    private func check(_ resource: JSONValue) {
        _ = checker.check(resource, findings: &findings, references: &references)
    }
}

/// What one thread seals with.
private final class SealingTools {
    private let compressor: BlockCompressor
    private let sealer: Sealer
    private let key: SecretKey
    private let compressed = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    private let sealed = ByteWriter(capacity: 1 << 20)

    init(dictionaries: Dictionaries, key: SecretKey) throws {
        compressor = try BlockCompressor(dictionaries: dictionaries)
        sealer = try Sealer()
        self.key = key
    }

    deinit {
        compressed.deallocate()
    }

    /// - Returns: how many bytes the sealed block has.
    func seal(_ block: [UInt8], number: Int) throws -> Int {
        guard BlockCompressor.boundBytes(block.count) <= compressed.count else { return block.count }
        sealed.removeAll()
        let count = try block.withUnsafeBytes { try compressor.compress($0, into: compressed) }
        try withUnsafeBytes(of: number) { context in
            try sealer.seal(
                UnsafeRawBufferPointer(rebasing: compressed[..<count]), key: key, context: context, into: sealed)
        }
        return sealed.count
    }
}
