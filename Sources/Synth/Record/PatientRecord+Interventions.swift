internal import Base

extension PatientRecord {
    /// Writes the procedures of a visit.
    mutating func writeInterventions(_ meeting: Meeting) {
        let visit = meeting.visit
        let age = person.age(on: visit.day)
        if let complaint = visit.complaint, let intervention = Complaint.all[complaint].intervention {
            perform(intervention, every: 1, meeting)
        }
        switch visit.kind {
        case .wellness:
            perform(.medicationReconciliation, every: 300, meeting)
            perform(.depressionScreening, every: 300, meeting)
            if (45...75).contains(age) { perform(.colonoscopy, every: 3500, meeting) }
            if person.sex == .female && (40...74).contains(age) { perform(.mammography, every: 700, meeting) }
            if person.sex == .female && age >= 65 { perform(.boneDensity, every: 1400, meeting) }
            if age >= 65 { perform(.fallRisk, every: 330, meeting) }
        case .dialysis: perform(.dialysis, every: 1, meeting)
        case .prenatal:
            perform(.fundalHeight, every: 1, meeting)
            perform(.fetalHeartbeat, every: 1, meeting)
        case .delivery: perform(.childbirth, every: 1, meeting)
        case .remote: break
        default: if let illness = visit.illness { treat(illness, meeting) }
        }
    }

    private mutating func treat(_ illness: Illness, _ meeting: Meeting) {
        let days = course.days(of: illness, on: meeting.visit.day) ?? 0
        let isGrave = physiology.severity(of: illness) > 620
        switch illness {
        case .asthma, .lungDisease: perform(.spirometry, every: 500, meeting)
        case .coronaryDisease, .atrialFibrillation: perform(.electrocardiogram, every: 300, meeting)
        case .heartFailure:
            perform(.electrocardiogram, every: 300, meeting)
            perform(.echocardiogram, every: 420, meeting)
        case .myocardialInfarction where meeting.visit.kind == .inpatient:
            perform(.electrocardiogram, every: 0, meeting)
            perform(isGrave ? .coronaryBypass : .coronaryIntervention, every: 200, meeting)
        case .stroke where meeting.visit.kind == .inpatient: perform(.headScan, every: 0, meeting)
        case .kneeArthritis:
            perform(.kneeXray, every: 1100, meeting)
            if isGrave && days > 1500 { perform(.kneeReplacement, every: 20_000, meeting) }
        case .colonCancer:
            if days < 60 {
                perform(.colectomy, every: 20_000, meeting)
            } else if days < 420 {
                perform(.chemotherapy, every: 13, meeting)
            }
        case .breastCancer:
            if days < 60 {
                perform(.mastectomy, every: 20_000, meeting)
            } else if days < 300 {
                perform(.chemotherapy, every: 13, meeting)
            }
        case .prostateCancer: perform(.biopsyOfProstate, every: 1400, meeting)
        default: break
        }
    }

    private mutating func perform(_ intervention: Intervention, every days: Int, _ meeting: Meeting) {
        let visit = meeting.visit
        guard visit.day - interventionDays[Int(intervention.rawValue)] >= days else { return }
        interventionDays[Int(intervention.rawValue)] = visit.day
        visitInterventions.append(intervention)
        let out = writer.out
        let start = visit.start.adding(minutes: 15)
        writer.open(.procedure, draw.resourceID())
        writer.field("status", "completed")
        writer.field("code", intervention.concept)
        writeContext(subject: "subject", encounter: meeting.encounter)
        let minutes = intervention.minutes + draw.below(intervention.minutes / 3 + 1)
        writer.period("performedPeriod", from: start, to: start.adding(minutes: minutes), zone: zone)
        out.write(#","performer":[{"actor":"#)
        writeClinicianReference(meeting.clinician)
        out.write("}]")
        if let diagnosis = meeting.diagnosis {
            out.write(#","reasonReference":["#)
            writer.openReference(.condition, diagnosis.id)
            writer.field("display", diagnosis.concept.display)
            out.write("}]")
        }
        writer.close(.procedure)
    }
}
