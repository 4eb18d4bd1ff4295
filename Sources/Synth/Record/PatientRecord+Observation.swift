internal import Base

extension PatientRecord {
    /// The group that an Observation belongs to.
    enum ObservationCategory: Sendable {
        case vitalSigns, laboratory, socialHistory, survey

        /// The code of Observation.category.
        var concept: Concept {
            switch self {
            case .vitalSigns: Concept(.observationCategory, "vital-signs", "Vital Signs")
            case .laboratory: Concept(.observationCategory, "laboratory", "Laboratory")
            case .socialHistory: Concept(.observationCategory, "social-history", "Social History")
            case .survey: Concept(.observationCategory, "survey", "Survey")
            }
        }
    }

    /// Starts an Observation up to its value.
    func openObservation(
        _ id: ResourceID, _ category: ObservationCategory, _ code: Concept, _ meeting: Meeting, at time: WallTime,
        issuedAfter minutes: Int
    ) {
        writer.open(.observation, id)
        writer.field("status", "final")
        writer.list("category", category.concept)
        writer.field("code", code)
        writeContext(subject: "subject", encounter: meeting.encounter)
        writer.field("effectiveDateTime", time, zone: zone)
        writer.name("issued")
        writer.out.write("\"")
        time.adding(minutes: minutes).write(into: writer.out, zone: zone, milliseconds: Int(id.low & 0xFF) * 3)
        writer.out.write(#"","performer":["#)
        writeClinicianReference(meeting.clinician)
        writer.out.write("]")
    }

    /// Writes the `valueQuantity` field.
    func writeValue(_ value: Int, digits: Int, unit: StaticString, code: StaticString) {
        writer.name("valueQuantity")
        writer.quantity(value, digits: digits, unit: unit, code: code)
    }

    /// Writes the `interpretation` field.
    func writeInterpretation(_ flag: Flag) {
        writer.list("interpretation", flag.concept)
    }

    /// Writes the `referenceRange` field where either side is known.
    func writeRange(_ range: (low: Int?, high: Int?), digits: Int, unit: StaticString, code: StaticString) {
        guard range.low != nil || range.high != nil else { return }
        let out = writer.out
        out.write(#","referenceRange":[{"#)
        if let low = range.low {
            out.write(#""low":"#)
            writer.quantity(low, digits: digits, unit: unit, code: code)
        }
        if let high = range.high {
            out.write(range.low == nil ? #""high":"# : #","high":"#)
            writer.quantity(high, digits: digits, unit: unit, code: code)
        }
        out.write("}]")
    }
}
