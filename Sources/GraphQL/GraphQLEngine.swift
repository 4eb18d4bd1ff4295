package import Base
package import FHIR
package import FHIRPath
package import JSONTape

/// What a client asks.
package struct GraphQLRequest {
    /// The document, UTF-8.
    package var query: [UInt8]
    /// The operation of the document that is wanted; may be left out where there is one only.
    package var operationName: String?
    /// An object with the variables' values; `nil` for none.
    package var variables: JSONValue?

    /// A request.
    package init(query: [UInt8], operationName: String? = nil, variables: JSONValue? = nil) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
    }
}

/// What a query starts from.
package enum GraphQLRoot: Sendable {
    /// All resources.
    case system
    /// One resource.
    case resource(TypeID, id: String)
}

/// Answers GraphQL requests over FHIR resources. One for all threads.
/// - Source: GraphQL October 2021, https://spec.graphql.org/October2021; FHIR R4 GraphQL,
///   https://hl7.org/fhir/R4/graphql.html
package final class GraphQLEngine: Sendable {
    package let schema: GraphQLSchema
    package let limits: GraphQLLimits

    /// Makes the schema. Takes some milliseconds.
    /// - Parameter customs: search parameters beside those of the definitions.
    package init(
        _ definitions: Definitions, customs: [SearchParameter] = [], limits: GraphQLLimits = GraphQLLimits()
    ) {
        schema = GraphQLSchema(definitions, customs: customs)
        self.limits = limits
    }

    /// Answers a request with a document of `data` and, if fields failed, `errors`.
    /// - Parameters:
    ///   - source: where resources come from; used on the calling thread.
    ///   - now: what FHIRPath's `now()` tells.
    ///   - terminology: what FHIRPath's `memberOf()` and `subsumes()` ask.
    ///   - writer: where the answer goes; what it holds after an error means nothing.
    /// - Throws: `GraphQLErrors` if nothing is to be executed, or the execution went beyond the limits or failed.
    package func execute(
        _ request: GraphQLRequest, on root: GraphQLRoot, source: any GraphQLSource, now: Instant,
        terminology: (any PathTerminology)? = nil, into writer: ByteWriter
    ) throws(GraphQLErrors) {
        let started = monotonicNanoseconds()
        do {
            let (prepared, operation) = try prepare(request, on: root)
            var planner = prepared
            let start = writer.count
            writer.write("{\"data\":")
            let plan = try planner.plan([operation.selections], on: planner.root, depth: 1)
            let executor = Executor(
                planner, source: source, now: now, terminology: terminology, writer: writer,
                startedNanoseconds: started)
            let errors = try run(plan, executor, root, source)
            if !errors.isEmpty {
                writer.write(",")
                GraphQLErrorWriter.write(errors.map { $0.located(in: request.query) }, to: writer)
            }
            writer.write("}")
            guard writer.count - start <= limits.answerBytesMax + (1 << 20) else {
                throw GraphQLError(
                    code: .limit, detail: "The answer is longer than \(limits.answerBytesMax) bytes.")
            }
        } catch let errors as GraphQLErrors {
            throw GraphQLErrors(errors.errors.map { $0.located(in: request.query) })
        } catch let error as GraphQLError {
            throw GraphQLErrors([error.located(in: request.query)])
        } catch {
            throw GraphQLErrors([
                GraphQLError(code: .failed, detail: "The server failed to answer this request.", cause: error)
            ])
        }
    }

    private func rootType(_ root: GraphQLRoot) -> SchemaTypeID {
        switch root {
        case .system: schema.queryType
        case .resource(let type, _): schema.type(of: type) ?? schema.queryType
        }
    }

    private func prepare(
        _ request: GraphQLRequest, on root: GraphQLRoot
    ) throws -> (planner: Planner, operation: OperationSyntax) {
        let document = try GraphQLParser.parse(request.query, limits: limits)
        let type = rootType(root)
        try DocumentValidator.validate(document, schema: schema, root: type, limits: limits)
        let operation = try operation(named: request.operationName, in: document)
        var pathLimits = PathLimits()
        // Of the many evaluations of a request each has to be short.
        pathLimits.stepsMax = 200_000
        pathLimits.itemsMax = 50_000
        pathLimits.textMadeBytesMax = 1 << 20
        let planner = Planner(
            schema: schema, fragments: document.fragments,
            variables: try variables(of: operation, request.variables), root: type, limits: limits,
            pathLimits: pathLimits)
        return (planner, operation)
    }

    private func operation(named name: String?, in document: GraphQLDocument) throws(GraphQLError) -> OperationSyntax {
        if let name, !name.isEmpty {
            if let found = document.operations.first(where: { $0.name == name }) { return found }
            throw GraphQLError(code: .invalid, detail: "There is no operation \(name.shortened).")
        }
        guard let only = document.operations.first, document.operations.count == 1 else {
            throw GraphQLError(code: .invalid, detail: "There are several operations: operationName must name one.")
        }
        return only
    }

    private func variables(
        of operation: OperationSyntax, _ given: JSONValue?
    ) throws -> [String: InputValue] {
        if let given, given.kind != .null, !given.isObject {
            throw GraphQLError(code: .badVariable, detail: "The variables are no object.")
        }
        guard given?.utf8.count ?? 0 <= limits.variablesBytesMax else {
            throw GraphQLError(
                code: .limit, detail: "The variables are longer than \(limits.variablesBytesMax) bytes.")
        }
        let coercion = InputCoercion(schema: schema)
        var values: [String: InputValue] = [:]
        var errors: [GraphQLError] = []
        for variable in operation.variables {
            do {
                if let json = given?.member(named: variable.name) {
                    values[variable.name] = try coercion.value(json, as: variable.type, of: variable, limits: limits)
                } else if let literal = variable.defaultValue {
                    values[variable.name] = try coercion.constant(literal, as: variable.type)
                } else if case .nonNull = variable.type {
                    throw GraphQLError(
                        .badVariable,
                        "The variable $\(variable.name) of type \(variable.type.description) has no value.",
                        at: variable.offset)
                }
            } catch let error as GraphQLError {
                if errors.count < limits.errorsMax { errors.append(error) }
            }
        }
        guard errors.isEmpty else { throw GraphQLErrors(errors) }
        return values
    }

    private func run(
        _ plan: SelectionPlan, _ executor: Executor, _ root: GraphQLRoot, _ source: any GraphQLSource
    ) throws -> [GraphQLError] {
        switch root {
        case .system: try executor.writeRoot(plan, .query)
        case .resource(let type, let id):
            let isThere = try executor.withResource(type, { try source.read(type, id: id, into: $0) }) { item in
                try executor.writeRoot(plan, item)
            }
            guard isThere else {
                throw GraphQLError(
                    code: .notFound, detail: "There is no \(schema.definitions[type].name)/\(id.shortened).")
            }
        }
        return executor.errors
    }
}
