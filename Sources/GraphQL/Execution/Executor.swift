internal import Base
internal import FHIR
internal import FHIRPath
internal import JSONTape

/// Executes one operation: walks the tape of each resource and writes the answer as it goes.
/// - Source: GraphQL October 2021, section 6, Execution.
final class Executor {
    let schema: GraphQLSchema
    let definitions: Definitions
    let source: any GraphQLSource
    let limits: GraphQLLimits
    private lazy var evaluator = makeEvaluator()
    private let now: Instant
    private let terminology: (any PathTerminology)?
    var planner: Planner
    /// Where the answer goes; another one while values are collated.
    var writer: ByteWriter
    /// Bytes in writers that wait for another one.
    var waitingBytes = 0
    private(set) var errors: [GraphQLError] = []
    var path: [GraphQLError.PathStep] = []

    /// The innermost resource that is open.
    private(set) var current: OpenResource?
    private var free: [OpenResource] = []
    private var targets: [TargetKey: OpenResource?] = [:]
    private var targetBytes = 0
    private let text = ByteWriter(capacity: 16_384)
    private var serial = 0
    private var evaluated = 0
    var pathItems: [PathItem] = []

    private var fieldCount = 0
    private var resourceCount = 0
    private var searchCount = 0
    private let deadline: UInt64

    let elementType: TypeID?
    let idNumber: UInt16
    let referenceNumber: UInt16
    let containedNumber: UInt16

    /// A resource that a reference names.
    struct TargetKey: Hashable {
        var type: TypeID
        var id: String
    }

    /// Bytes of resources that are kept for further references to them.
    private static let targetBytesMax = 8 << 20
    private static let targetsMax = 1_000

    init(
        _ planner: Planner, source: any GraphQLSource, now: Instant, terminology: (any PathTerminology)?,
        writer: ByteWriter, startedNanoseconds: UInt64
    ) {
        schema = planner.schema
        definitions = schema.definitions
        limits = planner.limits
        self.planner = planner
        self.source = source
        self.now = now
        self.terminology = terminology
        self.writer = writer
        deadline = startedNanoseconds + UInt64(max(0, limits.seconds) * 1_000_000_000)
        elementType = definitions.type(named: "Element")
        idNumber = definitions.names.number(of: "id")
        referenceNumber = definitions.names.number(of: "reference")
        containedNumber = definitions.names.number(of: "contained")
    }

    private func makeEvaluator() -> PathEvaluator {
        let evaluator = PathEvaluator(definitions, limits: planner.pathLimits, now: now)
        evaluator.services.terminology = terminology
        return evaluator
    }

    // MARK: Limits

    /// Counts a field that is written.
    func countField() throws(GraphQLError) {
        fieldCount += 1
        guard fieldCount <= limits.fieldsMax else {
            throw limit("The answer has more than \(limits.fieldsMax) fields.")
        }
        guard writer.count + waitingBytes <= limits.answerBytesMax else {
            throw limit("The answer is longer than \(limits.answerBytesMax) bytes.")
        }
        if fieldCount & 0xFF == 0 { try checkTime() }
    }

    private func checkTime() throws(GraphQLError) {
        guard monotonicNanoseconds() <= deadline else {
            throw limit("The execution takes longer than \(limits.seconds) seconds.")
        }
    }

    private func limit(_ detail: String) -> GraphQLError {
        GraphQLError(code: .limit, detail: detail + " Ask for less at once.")
    }

    private func countResource() throws(GraphQLError) {
        resourceCount += 1
        guard resourceCount <= limits.resourcesMax else {
            throw limit("The request opens more than \(limits.resourcesMax) resources.")
        }
        try checkTime()
    }

    func search(_ search: GraphQLSearch) throws -> GraphQLPage {
        searchCount += 1
        guard searchCount <= limits.searchesMax else {
            throw limit("The request makes more than \(limits.searchesMax) searches.")
        }
        try checkTime()
        return try source.search(search)
    }

    // MARK: Errors

    /// Whether an error is told at its field, and the rest of the answer stands.
    static func isLocal(_ error: GraphQLError) -> Bool {
        error.code != .limit && error.code != .failed
    }

    /// Takes an error down, with the place of the answer where it arose.
    func record(_ error: GraphQLError, at field: PlannedField? = nil) throws(GraphQLError) {
        var error = error
        if error.path.isEmpty { error.path = path }
        if error.offsets.isEmpty, let field { error.offsets = [field.syntax.offset] }
        errors.append(error)
        guard errors.count <= limits.fieldErrorsMax else {
            throw limit("More than \(limits.fieldErrorsMax) fields have errors; the first: \(errors[0].detail)")
        }
    }

    // MARK: Resources

    /// Opens a resource and makes it the current one while `body` runs.
    /// - Parameter fill: writes its JSON and returns whether there is one.
    /// - Returns: `false` if there is none.
    func withResource(
        _ type: TypeID, _ fill: (ByteWriter) throws -> Bool, _ body: (ExecutionItem) throws -> Void
    ) throws -> Bool {
        guard let resource = try open(type, fill) else { return false }
        defer { free.append(resource) }
        try with(resource, body)
        return true
    }

    /// Makes an open resource the current one while `body` runs.
    func with(_ resource: OpenResource, _ body: (ExecutionItem) throws -> Void) throws {
        let outer = current
        current = resource
        defer { current = outer }
        guard let root = resource.root else { return }
        try body(.element(root, resource.type))
    }

    private func open(_ type: TypeID, _ fill: (ByteWriter) throws -> Bool) throws -> OpenResource? {
        try countResource()
        text.removeAll()
        guard try fill(text) else { return nil }
        let resource = try free.popLast() ?? OpenResource(JSONParser(names: definitions.names))
        serial += 1
        try resource.read(text.bytes, type: type, serial: serial)
        return resource
    }

    /// The resource that a reference names, opened once for many references.
    func target(_ type: TypeID, id: String) throws -> OpenResource? {
        let key = TargetKey(type: type, id: id)
        if let known = targets[key] {
            try countResource()
            return known
        }
        let found = try open(type) { try source.read(type, id: id, into: $0) }
        if targets.count >= Self.targetsMax || targetBytes > Self.targetBytesMax {
            targets.removeAll()
            targetBytes = 0
        }
        targets[key] = .some(found)
        targetBytes += found?.byteCount ?? 0
        return found
    }

    // MARK: FHIRPath

    /// Evaluates on a part of the current resource.
    func evaluate(_ expression: PathExpression, on json: JSONValue, _ type: TypeID) throws(GraphQLError) {
        if let current, let root = current.root, evaluated != current.serial {
            evaluator.begin(root, type: current.type)
            evaluated = current.serial
        }
        do {
            try evaluator.evaluate(expression, on: .node(PathNode(json, type: type)), into: &pathItems)
        } catch {
            throw GraphQLError(code: .badArgument, detail: "The FHIRPath failed: \(error).", cause: error)
        }
    }

    /// Whether an expression is true of the current resource.
    func holds(_ expression: PathExpression, _ json: JSONValue, _ type: TypeID) throws(GraphQLError) -> Bool {
        try evaluate(expression, on: json, type)
        guard let first = pathItems.first else { return false }
        guard pathItems.count == 1 else {
            throw GraphQLError(code: .badArgument, detail: "The FHIRPath gives several values; one truth is wanted.")
        }
        switch first {
        case .boolean(let truth): return truth
        case .node(let node):
            switch node.value?.kind {
            case .false: return false
            default: return true
            }
        default: return true
        }
    }
}
