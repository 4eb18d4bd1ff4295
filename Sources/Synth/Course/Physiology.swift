/// What a measurement of one patient shows on a day: healthy level, the patient's own habit, illness and treatment.
package struct Physiology {
    let person: Person
    let constitution: Constitution
    let course: IllnessCourse

    /// How badly `illness` goes, 0 to 1000.
    func severity(of illness: Illness) -> Int { constitution.severities[illness.rawValue] }

    /// How far an illness has been brought under control by its treatment, 0 to 1000, rising over 300 days.
    func control(of illness: Illness, on day: Int) -> Int {
        guard let days = course.days(of: illness, on: day) else { return 0 }
        return min(300, days) * (1000 - severity(of: illness) / 2) / 300
    }

    /// Height in millimetres.
    package func height(on day: Int) -> Int {
        Growth.height(ageDays: day - person.birthDay, sex: person.sex, adult: constitution.adultHeight)
    }

    /// Body mass index in tenths, before the day's noise.
    package func massIndex(on day: Int) -> Int {
        let index = Growth.massIndex(ageDays: day - person.birthDay, adult: constitution.adultMassIndex)
        guard course.has(.obesity, on: day) else { return min(index, 296) }
        return max(index, 304) + 20 + severity(of: .obesity) / 10
    }

    /// Systolic and diastolic blood pressure in mm Hg, before the day's noise.
    package func pressure(on day: Int) -> (systolic: Int, diastolic: Int) {
        let age = person.age(on: day)
        if age < 18 { return (88 + age * 3 / 2, 54 + age) }
        var systolic = constitution.pressure.systolic + (age - 20) / 5
        var diastolic = constitution.pressure.diastolic + min(age - 20, 40) / 8
        if course.has(.obesity, on: day) { systolic += 4 }
        if course.has(.hypertension, on: day) {
            let excess = 24 + severity(of: .hypertension) * 22 / 1000
            let left = 1000 - control(of: .hypertension, on: day) * 9 / 10
            systolic += excess * left / 1000
            diastolic += excess * left / 1800
        }
        return (systolic, diastolic)
    }

    /// Pulse per minute, before the day's noise.
    func pulse(on day: Int) -> Int {
        let age = person.age(on: day)
        if age < 12 { return 128 - age * 4 }
        return constitution.pulse + (course.has(.atrialFibrillation, on: day) ? 9 : 0)
    }

    /// HbA1c in tenths of a percent, before the day's noise.
    package func hemoglobinA1c(on day: Int) -> Int {
        let habit = 53 + constitution.deviations[Analyte.hemoglobinA1c.rawValue] * 2 / 1000
        if let days = course.days(of: .diabetes, on: day) {
            let excess = 18 + severity(of: .diabetes) * 30 / 1000
            let left = 1000 - control(of: .diabetes, on: day) * 3 / 4
            return habit + 5 + excess * left / 1000 + days / 1600
        }
        return course.has(.prediabetes, on: day) ? max(58, habit + 5) : min(habit, 56)
    }

    /// Filtration rate in ml/min, before the day's noise.
    func filtration(on day: Int) -> Int {
        let age = person.age(on: day)
        let own = 108 + constitution.deviations[Analyte.filtration.rawValue] * 8 / 1000 - max(0, age - 30) * 7 / 10
        if course.has(.kidneyFailure, on: day) { return 9 }
        if let days = course.days(of: .severeKidneyDisease, on: day) { return max(15, 28 - days / 200) }
        if let days = course.days(of: .kidneyDisease, on: day) { return max(31, min(own, 56) - days / 300) }
        return max(62, own)
    }

    /// True while iron has not been replaced.
    func lacksIron(on day: Int) -> Int {
        guard let days = course.days(of: .ironDeficiency, on: day) else { return 0 }
        return days < 240 ? 1000 - days * 3 : 200
    }

    /// The hemoglobin in tenths of a g/dl, before the day's noise.
    func hemoglobin(on day: Int) -> Int {
        let age = person.age(on: day)
        let healthy = age < 13 ? 125 : person.sex == .female ? 136 : 151
        var level = healthy + constitution.deviations[Analyte.hemoglobin.rawValue] * 6 / 1000
        level -= lacksIron(on: day) * 38 / 1000
        if course.has(.kidneyFailure, on: day) {
            level -= 36
        } else if course.has(.severeKidneyDisease, on: day) {
            level -= 22
        }
        return max(68, level)
    }
}
