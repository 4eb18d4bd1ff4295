internal import Base
internal import FHIR
internal import JSONTape
internal import Terminology
internal import Validation

/// `martlet validate`: says what is wrong with resources in files.
enum ValidateCommand {
    static let command = Command(
        name: "validate", summary: "say what is wrong with resources: each finding with its line and place",
        operands: OperandFacts("FILE…", min: 1),
        options: [
            OptionFacts("profile", "FILE|URL", "what resources must conform to besides; several with commas"),
            OptionFacts("json", nil, "one JSON object: the findings, how many of each severity"),
        ],
        notes: """
            FILE is a resource, a Bundle, or NDJSON with a resource a line; - is standard input. Each finding is a line:
            file:line:column: severity: place: what is wrong. A profile is the url of a StructureDefinition, or a file
            with one; of a Bundle or a folder of definitions all are known, and what resources name is held against them.
            The exit code is 3 if there are errors, 1 if a file cannot be read.
            """,
        run: run)

    /// The largest file that is read, in bytes.
    private static let fileBytesMax = 1 << 30

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let definitions = try Definitions.load()
        var files = DefinitionFiles()
        var profiles: [String] = []
        for text in (arguments.text("profile") ?? "").split(separator: ",").map(String.init) {
            if text.contains("://") || text.hasPrefix("urn:") { profiles.append(text) } else { try files.add(text) }
        }
        profiles += files.named
        let validator = ResourceValidator(
            try ValidationRules(definitions),
            terminology: Terminology(builtIn: try BuiltInTerminology.load(), source: files),
            profiles: ProfileLibrary(definitions, source: files), now: SystemClock().now())
        var run = Run(validator: validator, parser: try JSONParser(names: definitions.names), profiles: profiles)
        for path in arguments.operands {
            let source = try InputFile.read(path, bytesMax: fileBytesMax)
            let findings = try run.validate(source, path)
            guard !arguments.flag("json") else { continue }
            for finding in findings { try console.say(line(finding, path)) }
        }
        if arguments.flag("json") { try console.say(run.json) }
        return run.counts[.error, default: 0] > 0 ? .rejects : .done
    }

    private static func line(_ finding: ValidationFinding, _ path: String) -> String {
        "\(path):\(finding.line):\(finding.column): \(finding.severity.rawValue): \(finding.location): "
            + finding.message
    }

    /// What was found so far.
    private struct Run {
        let validator: ResourceValidator
        let parser: JSONParser
        let profiles: [String]
        var counts: [ValidationFinding.Severity: Int] = [:]
        var resources = 0
        var told: [JSONObject] = []

        mutating func validate(_ source: [UInt8], _ path: String) throws(MartletError) -> [ValidationFinding] {
            var findings: [ValidationFinding] = []
            var isLines = path.hasSuffix(".ndjson")
            if !isLines {
                do throws(JSONError) {
                    try take(source[...], firstLine: 1, &findings)
                } catch {
                    // One resource behind another: NDJSON under another name.
                    guard error.code == .trailing else { throw Self.unreadable(error, source[...], 1, path) }
                    isLines = true
                }
            }
            if isLines {
                var number = 0
                for line in source.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                    number += 1
                    guard line.contains(where: { $0 > 0x20 }) else { continue }
                    do throws(JSONError) {
                        try take(line, firstLine: number, &findings)
                    } catch {
                        throw Self.unreadable(error, line, number, path)
                    }
                }
            }
            for finding in findings {
                counts[finding.severity, default: 0] += 1
                told.append(Self.object(finding, path))
            }
            return findings
        }

        private mutating func take(
            _ text: ArraySlice<UInt8>, firstLine: Int, _ findings: inout [ValidationFinding]
        ) throws(JSONError) {
            let parsed = text.withUnsafeBytes { bytes in
                Result { () throws(JSONError) in try parser.parse(bytes) }
            }
            var references: [ReferenceSite] = []
            validator.validate(
                try parsed.get(), profiles: profiles, firstLine: firstLine, findings: &findings, references: &references
            )
            resources += 1
        }

        private static func unreadable(
            _ error: JSONError, _ text: ArraySlice<UInt8>, _ line: Int, _ path: String
        ) -> MartletError {
            let place = TextPlace(offset: error.offset, in: Array(text))
            return MartletError(
                .input,
                "\(InputFile.name(path)): \(error.explanation), line \(line + place.line - 1), column \(place.column)",
                cause: error)
        }

        private static func object(_ finding: ValidationFinding, _ path: String) -> JSONObject {
            let object = JSONObject()
            object.add("file", path)
            object.add("line", finding.line)
            object.add("column", finding.column)
            object.add("severity", finding.severity.rawValue)
            object.add("code", finding.code.rawValue)
            object.add("location", finding.location)
            if let rule = finding.rule { object.add("rule", rule) }
            object.add("message", finding.message)
            return object
        }

        var json: String {
            let object = JSONObject()
            object.add("resources", resources)
            object.add("errors", counts[.error] ?? 0)
            object.add("warnings", counts[.warning] ?? 0)
            object.add("information", counts[.information] ?? 0)
            object.add("findings", told)
            return object.text
        }
    }
}
