internal import Base

extension PatientRecord {
    /// Draws blood where it is due, and writes each panel's Observations and its DiagnosticReport.
    mutating func writeLaboratory(_ meeting: Meeting) {
        let visit = meeting.visit
        if let complaint = visit.complaint {
            for panel in Complaint.all[complaint].panels { order(panel, every: 1, meeting) }
            return
        }
        switch visit.kind {
        case .wellness:
            let age = person.age(on: visit.day)
            order(.metabolic, every: age < 40 ? 1000 : 330, meeting)
            order(.lipids, every: age < 40 ? 1400 : 500, meeting)
            if age >= 35 || draw.chance(300) { order(.bloodCount, every: 330, meeting) }
            if age >= 40 || course.has(.obesity, on: visit.day) { order(.hemoglobinA1c, every: 700, meeting) }
            if person.sex == .male && (55...75).contains(age) { order(.prostate, every: 700, meeting) }
            if person.sex == .female && age > 50 { order(.thyroid, every: 1500, meeting) }
        case .wellChild:
            if visit.day - person.birthDay > 340 { order(.bloodCount, every: 1900, meeting) }
        case .prenatal:
            if let start = visit.pregnancyStart {
                order(.bloodCount, every: visit.day - start < 70 ? 1 : 100, meeting)
                order(.urinalysis, every: 27, meeting)
            }
        case .dialysis:
            order(.metabolic, every: 27, meeting)
            order(.bloodCount, every: 27, meeting)
        case .delivery:
            order(.bloodCount, every: 1, meeting)
        case .remote: break
        default:
            guard let illness = visit.illness else { return }
            let days = visit.kind == .inpatient ? 1 : illness == .atrialFibrillation ? 20 : 75
            for panel in illness.facts.panels { order(panel, every: days, meeting) }
        }
    }

    private mutating func order(_ panel: Panel, every days: Int, _ meeting: Meeting) {
        let visit = meeting.visit
        guard visit.day - panelDays[Int(panel.rawValue)] >= days else { return }
        panelDays[Int(panel.rawValue)] = visit.day
        let fever = visit.complaint.map { Complaint.all[$0].fever } ?? 0
        let time = visit.start.adding(minutes: 12)
        let hours = visit.kind.isInHospital ? 60 + draw.below(60) : 240 + draw.below(1300)
        let issued = min(hours, max(1, (lastDay + 1 - time.day) * 1440 - 1440))
        var observations: [ResourceID] = []
        observations.reserveCapacity(16)
        let analytes = panel.analytes
        let values = physiology.results(&draw, panel: panel, on: visit.day, inflammation: min(1000, fever * 45))
        for (analyte, value) in zip(analytes, values) {
            let id = draw.resourceID()
            writeResult(id, analyte, value, meeting, at: time, issuedAfter: issued)
            observations.append(id)
        }
        if analytes.isEmpty || panel == .urinalysis {
            let id = draw.resourceID()
            writeFinding(id, panel, meeting, at: time, issuedAfter: issued)
            observations.append(id)
        }
        writeReport(panel, observations, meeting, at: time, issuedAfter: issued)
    }

    private mutating func writeResult(
        _ id: ResourceID, _ analyte: Analyte, _ value: Int, _ meeting: Meeting, at time: WallTime,
        issuedAfter minutes: Int
    ) {
        let facts = analyte.facts
        let range = facts.range(for: person.sex)
        let flag = Flag(value, range: range)
        openObservation(id, .laboratory, facts.concept, meeting, at: time, issuedAfter: minutes)
        let out = writer.out
        if analyte == .troponin && value < 2 {
            writeBounded("<", 2, facts)
        } else if analyte == .filtration && value > 120 {
            writeBounded(">", 120, facts)
        } else {
            writeValue(value, digits: facts.digits, unit: facts.unit.text, code: facts.unit.code)
        }
        if range.low != nil || range.high != nil { writeInterpretation(flag) }
        if flag == .criticallyHigh || flag == .criticallyLow {
            out.write(#","note":[{"text":"Critical value read back by telephone."}]"#)
        }
        writeRange(range, digits: facts.digits, unit: facts.unit.text, code: facts.unit.code)
        writer.close(.observation)
        results.append(Result(analyte: analyte, value: value, flag: flag))
    }

    /// A value beyond what the laboratory measures.
    private func writeBounded(_ comparator: StaticString, _ value: Int, _ facts: AnalyteFacts) {
        let out = writer.out
        out.write(#","valueQuantity":{"value":"#)
        out.writeScaled(value, digits: facts.digits)
        writer.field("comparator", comparator)
        writer.field("unit", facts.unit.text)
        writer.field("system", "http://unitsofmeasure.org")
        writer.field("code", facts.unit.code)
        out.write("}")
    }

    /// A result in words: a test that is positive or negative, or the colour of urine.
    private mutating func writeFinding(
        _ id: ResourceID, _ panel: Panel, _ meeting: Meeting, at time: WallTime, issuedAfter minutes: Int
    ) {
        if panel == .urinalysis {
            let isCloudy = meeting.visit.complaint != nil
            openObservation(
                id, .laboratory, Concept(.loinc, "5778-6", "Color of Urine"), meeting, at: time, issuedAfter: minutes)
            writer.field("valueString", isCloudy ? "Dark yellow, cloudy" : "Yellow, clear")
        } else {
            openObservation(id, .laboratory, panel.concept, meeting, at: time, issuedAfter: minutes)
            let isDetected = draw.chance(930)
            writer.field(
                "valueCodeableConcept",
                isDetected ? Concept(.snomed, "260373001", "Detected") : Concept(.snomed, "260415000", "Not detected"))
            writer.list(
                "interpretation",
                isDetected
                    ? Concept(.observationInterpretation, "POS", "Positive")
                    : Concept(.observationInterpretation, "NEG", "Negative"))
        }
        writer.close(.observation)
    }

    private mutating func writeReport(
        _ panel: Panel, _ observations: [ResourceID], _ meeting: Meeting, at time: WallTime, issuedAfter minutes: Int
    ) {
        let out = writer.out
        let clinic = network.clinicians[meeting.clinician]
        let id = draw.resourceID()
        writer.open(.diagnosticReport, id)
        writer.field("status", "final")
        writer.list("category", Concept(.diagnosticService, "LAB", "Laboratory"))
        writer.field("code", panel.concept)
        writeContext(subject: "subject", encounter: meeting.encounter)
        writer.field("effectiveDateTime", time, zone: zone)
        writer.name("issued")
        out.write("\"")
        time.adding(minutes: minutes).write(into: out, zone: zone, milliseconds: Int(id.low & 0xFF) * 3)
        out.write(#"","performer":["#)
        writeOrganizationReference(network.organizations[clinic.organization])
        out.write(#"],"result":["#)
        for (index, observation) in observations.enumerated() {
            if index > 0 { out.write(",") }
            writer.reference(.observation, observation)
        }
        out.write("]")
        let abnormal = results.suffix(observations.count).filter { $0.flag != .normal }.count
        if abnormal > 0 {
            out.write(#","conclusion":""#)
            out.writeWhole(abnormal)
            out.write(
                abnormal == 1
                    ? #" result outside its reference range.""# : #" results outside their reference ranges.""#)
        }
        writer.close(.diagnosticReport)
    }
}
