internal import Base
internal import HTTPServer
internal import Synth
internal import WebApp

/// `martlet synth`: writes synthetic patients.
enum SynthCommand {
    static let command = Command(
        name: "synth", summary: "write synthetic patients with long records, the same for the same seed",
        options: [
            OptionFacts("patients", "N", "how many", isRequired: true),
            OptionFacts(
                "out", "PATH", "x.zip or a folder: a Bundle a patient; x.ndjson or - for lines", isRequired: true),
            OptionFacts("seed", "S", "what all draws follow from, a whole number (1)"),
            CommandTable.jsonOption,
        ],
        notes: """
            Nobody in it is real: social security numbers are never issued ones, telephone numbers lie in the range for
            fiction, e-mail addresses under example domains. The first Bundle has the organizations and practitioners
            that the patients' records refer to. A file of that name is replaced once the new one is whole.
            """,
        run: run)

    private static let patientsMax = 100_000_000

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let patients = try arguments.integer("patients", in: 1...patientsMax) ?? 1
        let seed = try arguments.integer("seed", in: 0...Int.max) ?? 1
        let path = arguments.text("out") ?? "-"
        let isJSON = arguments.flag("json")
        if path == "-" && isJSON {
            throw MartletError(.usage, "--json and --out - would both write to standard output")
        }
        let output = try PopulationOutputs.open(path)
        let meter = ProgressMeter(console, label: "Writing", unit: "resources", isSilent: isJSON)
        defer { meter.end() }
        let resources = try write(SyntheticPopulation(seed: UInt64(seed)), patients, output) { done, resources in
            meter.show(count: resources, fraction: Double(done) / Double(patients))
        }
        let seconds = meter.elapsedSeconds
        meter.end()
        let pace = Double(resources) / max(seconds, 0.001)
        if isJSON {
            let object = JSONObject()
            object.add("patients", patients)
            object.add("resources", resources)
            object.add("seed", seed)
            object.add("out", path)
            object.add("seconds", seconds)
            object.add("resourcesPerSecond", pace)
            try console.say(object.text)
        } else {
            let text =
                "Wrote \(Figures.count(patients)) patient\(patients == 1 ? "" : "s"), "
                + "\(Figures.count(resources)) resources, to \(path == "-" ? "standard output" : path) "
                + "in \(Figures.duration(seconds: seconds)), \(Figures.count(Int(pace.rounded())))/s."
            if path == "-" { console.note(text) } else { try console.say(text) }
        }
        return .done
    }

    /// Writes the shared resources and then the patients, in order.
    /// - Parameter progress: told the patients and the resources written so far.
    /// - Returns: how many resources were written.
    private static func write(
        _ population: SyntheticPopulation, _ patients: Int, _ output: any PopulationOutput,
        progress: (Int, Int) -> Void
    ) throws -> Int {
        let takesLines = output.takesLines
        // Piece 0 is what the patients share.
        let production = OrderedProduction(total: patients + 1, threadCount: ServerConfiguration.coreCount) {
            switch ($0, takesLines) {
            case (0, true): population.writeInfrastructureResources(into: $1)
            case (0, false): population.writeInfrastructureBundle(into: $1)
            case (let number, true): population.writePatientResources(number - 1, into: $1)
            case (let number, false): population.writePatientBundle(number - 1, into: $1)
            }
        }
        defer { production.stop() }
        var resources = 0
        while let piece = production.next() {
            let name =
                piece.number == 0 ? "infrastructure.json" : population.fileName(ofPatient: piece.number - 1)
            try output.add(name, piece.bytes.bytes)
            resources += piece.count
            production.recycle(piece)
            progress(piece.number, resources)
        }
        try output.finish()
        return resources
    }
}
