internal import Access
internal import Base
internal import Compression
internal import FHIR
internal import JSONTape
internal import RecordStore
internal import Validation

/// What one worker thread keeps from request to request.
final class Workbench: @unchecked Sendable {
    // Safe to share: after it is made, one thread alone uses it.
    let store: RecordStore
    let checker: StructureChecker
    /// How far resources are checked before they are stored.
    let validation: ValidationMode
    /// Who asks, for what the worker does now.
    private var scope: AccessScope?
    private let validators: TenantValidators
    private var validatorCache = ValidatorCache()
    private let clock: any Clock
    private(set) var parser: JSONParser
    private let bytesMax: Int
    private var batches: [WriteBatch] = []
    private var parsedBytesMax = 0
    private var madeCoder: ContentCoder?

    /// Batches of other scopes that are kept.
    private static let batchesMax = 4
    /// Memory for a larger resource is given back.
    private static let keptBytesMax = 4 << 20

    init(
        store: RecordStore, resourceBytesMax: Int, validation: ValidationMode, validators: TenantValidators,
        clock: any Clock
    ) throws {
        self.store = store
        self.validation = validation
        self.validators = validators
        self.clock = clock
        bytesMax = resourceBytesMax
        checker = StructureChecker(definitions: store.definitions)
        parser = try JSONParser(names: store.definitions.names, bytesMax: resourceBytesMax)
    }

    /// Reads a document; valid until the next one.
    func parse(_ text: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        parsedBytesMax = max(parsedBytesMax, text.count)
        return try parser.parse(text)
    }

    /// What codes and decodes content; made when it is first needed.
    func coder() throws(CompressionError) -> ContentCoder {
        if let known = madeCoder { return known }
        let made = try ContentCoder()
        madeCoder = made
        return made
    }

    /// Works for somebody.
    func work<Result>(for scope: AccessScope, _ body: () throws -> Result) rethrows -> Result {
        let before = self.scope
        self.scope = scope
        defer { self.scope = before }
        return try body()
    }

    /// What validates the resources of who asks.
    /// - Throws: `FHIRAPIError.failed` outside of a request.
    func validator(_ options: ValidationOptions) throws(FHIRAPIError) -> ResourceValidator {
        guard let scope else { throw FHIRAPIError(.failed, .exception, "Nobody asks to validate.") }
        do {
            return try validatorCache.validator(scope, from: validators, options: options, now: clock.now())
        } catch {
            throw FHIRAPIError.wrapping(error)
        }
    }

    /// A further parser, for a document that is read while the workbench's own holds another.
    func makeParser() throws(JSONError) -> JSONParser {
        try JSONParser(names: store.definitions.names, bytesMax: bytesMax)
    }

    /// An empty batch for a scope.
    func batch(_ scope: AccessScope) throws -> WriteBatch {
        if let place = batches.firstIndex(where: { $0.scope == scope }) {
            let batch = batches.remove(at: place)
            batches.append(batch)
            batch.removeAll()
            return batch
        }
        let batch = try store.makeBatch(scope)
        if batches.count == Self.batchesMax { batches.removeFirst() }
        batches.append(batch)
        return batch
    }

    /// Gives back the memory that an unusually large request took, and leaves no patient's data waiting in a batch.
    func tidy() {
        batches.removeAll { $0.byteCount > Self.keptBytesMax }
        for batch in batches where batch.count > 0 { batch.removeAll() }
        guard parsedBytesMax > Self.keptBytesMax else { return }
        if let smaller = try? JSONParser(names: store.definitions.names, bytesMax: bytesMax) {
            parser = smaller
            parsedBytesMax = 0
        }
    }
}
