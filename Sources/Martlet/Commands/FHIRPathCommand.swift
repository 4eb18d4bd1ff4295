internal import Base
internal import FHIR
internal import FHIRPath
internal import JSONTape
internal import Terminology
internal import Validation

/// `martlet fhirpath`: evaluates an expression on a resource.
enum FHIRPathCommand {
    static let command = Command(
        name: "fhirpath", summary: "evaluate a FHIRPath expression on a resource and print what it gives",
        operands: OperandFacts("EXPRESSION FILE", min: 2, max: 2),
        options: [
            OptionFacts("definitions", "PATH", "profiles and value sets that it may name; several with commas"),
            OptionFacts("strict", nil, "refuse a path that starts with another type than the resource's"),
            OptionFacts("json", nil, "one JSON object: the items, their types, how many"),
        ],
        notes: """
            FILE is a resource in JSON, - for standard input. The items come as one JSON array: elements as they stand
            in the resource, decimals with their digits, dates to their precision. trace() tells on standard error.
            memberOf() and subsumes() know the codes of R4, and with conformsTo() what --definitions has: files,
            Bundles, folders. An expression that starts with a dash goes behind --:

              martlet fhirpath 'Patient.name.given' patient.json
              martlet fhirpath -- '-1 + Observation.value.value' - < observation.json
            """,
        run: run)

    /// The largest resource that is read, in bytes.
    private static let fileBytesMax = 256 << 20

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let text = arguments.operands[0]
        let path = arguments.operands[1]
        let definitions = try Definitions.load()
        let source = try InputFile.read(path, bytesMax: fileBytesMax)
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(source, names: definitions.names)
        } catch {
            let place = TextPlace(offset: error.offset, in: source)
            throw MartletError(
                .input, "\(InputFile.name(path)): \(error.explanation), line \(place.line), column \(place.column)",
                cause: error)
        }
        return try document.withRoot { root in
            let type = try type(of: root, path, definitions)
            let expression: PathExpression
            do throws(PathError) {
                expression = try PathExpression.compile(
                    text, on: type, definitions: definitions, isStrict: arguments.flag("strict"))
            } catch {
                note(error, text, console)
                return .usage
            }
            let evaluator = PathEvaluator(definitions, now: SystemClock().now())
            let validator = try validator(arguments, definitions)
            defer { withExtendedLifetime(validator) {} }
            evaluator.services = validator.services(on: root, type: type)
            evaluator.services.tracer = ConsoleTracer(console: console, definitions: definitions)
            evaluator.begin(root, type: type)
            var items: [PathItem] = []
            do throws(PathError) {
                try evaluator.evaluate(expression, into: &items)
            } catch {
                note(error, text, console)
                return .failed
            }
            let array = ConsoleTracer.array(of: items, definitions)
            guard arguments.flag("json") else {
                try console.say(array)
                return .done
            }
            let object = JSONObject()
            object.add("count", items.count)
            object.add("types", items.map { $0.typeName(definitions) })
            object.add("items", json: array)
            try console.say(object.text)
            return .done
        }
    }

    /// What knows the codes and profiles that an expression may name.
    private static func validator(_ arguments: Arguments, _ definitions: Definitions) throws -> ResourceValidator {
        var files = DefinitionFiles()
        for path in (arguments.text("definitions") ?? "").split(separator: ",") { try files.add(String(path)) }
        return ResourceValidator(
            try ValidationRules(definitions),
            terminology: Terminology(builtIn: try BuiltInTerminology.load(), source: files),
            profiles: ProfileLibrary(definitions, source: files), now: SystemClock().now())
    }

    private static func type(
        of root: JSONValue, _ path: String, _ definitions: Definitions
    ) throws(MartletError) -> TypeID {
        guard root.isObject, let name = root.member("resourceType"), name.isString else {
            throw MartletError(.input, "\(InputFile.name(path)): no resource, which names its type in 'resourceType'")
        }
        guard let type = definitions.resourceType(named: name.utf8) else {
            throw MartletError(.input, "\(InputFile.name(path)): R4 has no resource type \(name.text)")
        }
        return type
    }

    /// What is wrong, the line of the expression where it is, and a caret below the place.
    private static func note(_ error: PathError, _ text: String, _ console: Console) {
        console.note("martlet fhirpath: \(error)\n\(CaretLine(offset: error.offset, in: text))")
    }
}

/// Tells on standard error what `trace()` shows.
private struct ConsoleTracer: PathTracer {
    let console: Console
    let definitions: Definitions

    func trace(_ name: String, _ items: [PathItem]) {
        console.note("trace \(name): \(Self.array(of: items, definitions))")
    }

    /// The items as a JSON array in one line.
    static func array(of items: [PathItem], _ definitions: Definitions) -> String {
        let writer = ByteWriter()
        writer.write("[")
        for (index, item) in items.enumerated() {
            if index > 0 { writer.write(",") }
            item.write(to: writer, definitions: definitions)
        }
        writer.write("]")
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
