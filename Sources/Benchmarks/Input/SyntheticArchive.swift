internal import Base
internal import Foundation
internal import Intake
internal import Synth

/// Makes zips of synthetic patients, a Bundle a file.
enum SyntheticArchive {
    /// Writes patients until there are so many resources.
    /// - Parameter report: told how many resources there are, now and then.
    /// - Returns: how many resources were written.
    /// - Throws: `BenchmarkError.files`, `IntakeError`.
    static func write(
        to path: String, resources: Int, seed: UInt64 = 1, report: (Int) -> Void
    ) throws -> Int {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw BenchmarkError(.files, "cannot write \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        let population = SyntheticPopulation(seed: seed)
        let archive = try ArchiveWriter(descriptor: descriptor)
        let bytes = ByteWriter(capacity: 4 << 20)
        var count = population.writeInfrastructureBundle(into: bytes)
        try archive.add("infrastructure.json", bytes.bytes)
        var patient = 0
        while count < resources {
            bytes.removeAll()
            count += population.writePatientBundle(patient, into: bytes)
            try archive.add(population.fileName(ofPatient: patient), bytes.bytes)
            patient += 1
            if patient % 100 == 0 { report(count) }
        }
        try archive.finish()
        return count
    }
}
