internal import Base

extension PatientRecord {
    /// Takes and writes the vital signs of a visit; a remote one has none.
    mutating func writeVitals(_ meeting: Meeting) {
        let visit = meeting.visit
        guard visit.kind != .remote else { return }
        measure(visit)
        let ageDays = visit.day - person.birthDay
        let isGrown = ageDays > 12 * 365
        let isDialysis = visit.kind == .dialysis
        if !isDialysis { write(.height, vitals.height, meeting) }
        write(.weight, vitals.weight, meeting)
        if ageDays <= 730 {
            let head = draw.bell(Growth.headCircumference(ageDays: ageDays), spread: 6)
            write(.headCircumference, head, meeting)
        } else if !isDialysis {
            write(.massIndex, vitals.massIndex, meeting)
        }
        if ageDays > 1095 { writeBloodPressure(meeting) }
        write(.pulse, vitals.pulse, meeting, isJudged: isGrown)
        guard !isDialysis else { return }
        write(.breaths, draw.chance(4) ? 0 : vitals.breaths, meeting, isJudged: isGrown)
        write(.temperature, vitals.temperature, meeting)
        if isGrown || visit.complaint != nil { write(.oxygen, vitals.oxygen, meeting) }
    }

    /// Writes one vital sign; 0 stands for one that was not taken.
    private mutating func write(_ sign: VitalSign, _ value: Int, _ meeting: Meeting, isJudged: Bool = true) {
        openObservation(
            draw.resourceID(), .vitalSigns, sign.concept, meeting, at: meeting.visit.start.adding(minutes: 5),
            issuedAfter: 2)
        if value == 0 {
            writer.field("dataAbsentReason", Concept(.dataAbsentReason, "not-performed", "Not Performed"))
            writer.close(.observation)
            return
        }
        writeValue(value, digits: sign.digits, unit: sign.unit, code: sign.unit)
        if isJudged && (sign.range.low != nil || sign.range.high != nil) {
            writeInterpretation(Flag(value, range: sign.range))
            writeRange(sign.range, digits: sign.digits, unit: sign.unit, code: sign.unit)
        }
        writer.close(.observation)
    }

    private mutating func measure(_ visit: Visit) {
        let day = visit.day
        let age = person.age(on: day)
        let complaint = visit.complaint.map { Complaint.all[$0] }
        let isFrightened = visit.kind == .emergency || visit.kind == .inpatient
        vitals.height = physiology.height(on: day)
        let pregnant = visit.pregnancyStart.map { (day - $0) / 21 } ?? 0
        let massIndex = physiology.massIndex(on: day) + draw.bell(0, spread: 2) + pregnant * 3
        // kg/10 = (index / 10) · (m)² · 10
        vitals.weight = massIndex * vitals.height * vitals.height / 1_000_000
        vitals.massIndex = vitals.weight * 10_000_000 / (vitals.height * vitals.height)
        let pressure = physiology.pressure(on: day)
        vitals.systolic = draw.bell(pressure.systolic, spread: 6) + (isFrightened ? 9 : 0)
        vitals.diastolic = min(vitals.systolic - 18, draw.bell(pressure.diastolic, spread: 4))
        let fever = complaint?.fever ?? 0
        vitals.pulse = draw.bell(physiology.pulse(on: day) + fever + (isFrightened ? 8 : 0), spread: 5)
        vitals.breaths = draw.bell((age < 3 ? 28 : age < 10 ? 20 : 15) + fever / 6, spread: 1)
        vitals.temperature = draw.bell(368 + fever, spread: 2)
        let isBreathless = course.has(.lungDisease, on: day) || course.has(.heartFailure, on: day)
        vitals.oxygen = min(100, draw.bell(isBreathless ? 94 : 98, spread: 1) - fever / 8)
    }

    private mutating func writeBloodPressure(_ meeting: Meeting) {
        let out = writer.out
        openObservation(
            draw.resourceID(), .vitalSigns,
            Concept(.loinc, "85354-9", "Blood pressure panel with all children optional"), meeting,
            at: meeting.visit.start.adding(minutes: 5), issuedAfter: 2)
        let range: (low: Int?, high: Int?) = (90, 139)
        if person.age(on: meeting.visit.day) >= 13 { writeInterpretation(Flag(vitals.systolic, range: range)) }
        out.write(#","component":[{"code":"#)
        Concept(.loinc, "8480-6", "Systolic blood pressure").write(into: out)
        writeValue(vitals.systolic, digits: 0, unit: "mmHg", code: "mm[Hg]")
        out.write(#"},{"code":"#)
        Concept(.loinc, "8462-4", "Diastolic blood pressure").write(into: out)
        writeValue(vitals.diastolic, digits: 0, unit: "mmHg", code: "mm[Hg]")
        out.write("}]")
        writer.close(.observation)
    }

    /// Writes what was asked: tobacco, pain and mood.
    mutating func writeSurveys(_ meeting: Meeting) {
        let visit = meeting.visit
        let age = person.age(on: visit.day)
        let time = visit.start.adding(minutes: 8)
        if age >= 14 && (visit.kind == .wellness || visit.kind == .wellChild) {
            openObservation(
                draw.resourceID(), .socialHistory, Concept(.loinc, "72166-2", "Tobacco smoking status"), meeting,
                at: time, issuedAfter: 1)
            writer.field("valueCodeableConcept", smokingStatus(age: age))
            writer.close(.observation)
            writeScore(
                Concept(.loinc, "55758-7", "Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]"),
                course.has(.depression, on: visit.day) ? draw.between(1, 5) : draw.below(3), meeting)
        }
        if visit.kind == .symptom || visit.kind == .emergency || visit.illness == .kneeArthritis {
            writeScore(
                Concept(.loinc, "72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported"),
                draw.between(visit.kind == .emergency ? 3 : 0, visit.kind == .emergency ? 9 : 5), meeting)
        }
        if visit.illness == .depression {
            let left = 1000 - physiology.control(of: .depression, on: visit.day)
            writeScore(
                Concept(.loinc, "44261-6", "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]"),
                min(27, 3 + left * 14 / 1000 + draw.below(4)), meeting)
        }
    }

    private func smokingStatus(age: Int) -> Concept {
        switch constitution.smoking {
        case .former where age >= 30: Concept(.snomed, "8517006", "Former smoker")
        case .daily where age >= 19, .former where age >= 19: Concept(.snomed, "449868002", "Smokes tobacco daily")
        default: Concept(.snomed, "266919005", "Never smoked tobacco")
        }
    }

    private mutating func writeScore(
        _ code: Concept, _ score: Int, _ meeting: Meeting
    ) {
        openObservation(
            draw.resourceID(), .survey, code, meeting, at: meeting.visit.start.adding(minutes: 8), issuedAfter: 1)
        writeValue(score, digits: 0, unit: "{score}", code: "{score}")
        writer.close(.observation)
    }
}
