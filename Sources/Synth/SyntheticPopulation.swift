package import Base

/// A population of believable synthetic patients with long records as FHIR R4 resources.
///
/// Everything follows from `seed` and `today`: patient `i` is the same bytes on every machine, in whichever order and
/// on whichever thread patients are written. Nobody in it is real: social security numbers are never issued ones,
/// telephone numbers lie in the range for fiction, e-mail addresses under `example` domains.
package struct SyntheticPopulation: Sendable {
    /// What all draws follow from.
    package let seed: UInt64
    /// The day on which the records were taken: nothing in them lies after the day before it.
    package let today: CalendarDate

    private let network: CareNetwork

    /// Draws the care network; patients are drawn as they are written. `today` is a day from 1990 to 2200.
    package init(seed: UInt64, today: CalendarDate = CalendarDate(year: 2026, month: 1, day: 1)) {
        self.seed = seed
        self.today = today
        network = CareNetwork(seed: seed)
    }

    /// Writes the organizations, locations, practitioners and roles that all patients share, as one transaction
    /// Bundle. It goes in before the patients: they refer to it by identifier.
    /// - Returns: how many resources were written.
    @discardableResult
    package func writeInfrastructureBundle(into out: ByteWriter) -> Int {
        writeInfrastructure(ResourceWriter(out, form: .bundle))
    }

    /// Writes the shared resources one a line (NDJSON), with references by `Type/id`.
    /// - Returns: how many resources were written.
    @discardableResult
    package func writeInfrastructureResources(into out: ByteWriter) -> Int {
        writeInfrastructure(ResourceWriter(out, form: .lines))
    }

    /// Writes the record of patient `index`, counted from 0, as one transaction Bundle: references within it are
    /// `urn:uuid:`, those to the shared resources are conditional (`Practitioner?identifier=system|value`).
    /// - Returns: how many resources were written.
    @discardableResult
    package func writePatientBundle(_ index: Int, into out: ByteWriter) -> Int {
        writePatient(index, ResourceWriter(out, form: .bundle))
    }

    /// Writes the same resources as `writePatientBundle`, one a line (NDJSON), with references by `Type/id`.
    /// - Returns: how many resources were written.
    @discardableResult
    package func writePatientResources(_ index: Int, into out: ByteWriter) -> Int {
        writePatient(index, ResourceWriter(out, form: .lines))
    }

    /// The name of a file for a patient's Bundle, `Given_Family_uuid.json`: letters, also beyond ASCII, no separators.
    package func fileName(ofPatient index: Int) -> String {
        var draw = Draw(seed: seed, stream: UInt64(max(0, index)))
        return Person(
            &draw, index: max(0, index), numberOffset: PatientRecord.numberOffset(seed: seed),
            today: today.daysSinceEpoch
        ).fileName
    }

    private func writeInfrastructure(_ start: ResourceWriter) -> Int {
        var writer = start
        network.write(&writer)
        writer.finish()
        return writer.count
    }

    private func writePatient(_ index: Int, _ start: ResourceWriter) -> Int {
        var record = PatientRecord(
            seed: seed, index: max(0, index), today: today.daysSinceEpoch, network: network, writer: start)
        record.write()
        return record.writer.count
    }
}
