/// What stays with a patient for life: build, habits, usual levels, and how hard illness strikes.
package struct Constitution {
    /// What the patient has done about tobacco.
    enum Smoking: Sendable {
        case never, former, daily
    }

    /// Height as an adult, in millimetres.
    let adultHeight: Int
    /// Body mass index at 25 years, in tenths.
    let adultMassIndex: Int
    /// Blood pressure (mm Hg) and pulse (per minute) of the healthy patient at 20 years.
    let pressure: (systolic: Int, diastolic: Int)
    let pulse: Int
    let smoking: Smoking
    /// The patient's own deviation of each analyte, in thousandths of a standard deviation.
    let deviations: [Int]
    /// How badly each illness goes, 0 to 1000.
    let severities: [Int]
    /// Factor of all chances of illness, in thousandths: most people are well, few are very sick.
    let frailty: Int
    /// How many of a thousand yearly examinations are kept.
    let attendance: Int
    /// Indices of `Allergen.all`.
    package let allergies: [Int]
    /// Picks the clinicians and the payer.
    let choice: Int

    /// Draws the constitution of a patient of `sex`.
    init(_ draw: inout Draw, sex: Sex) {
        adultHeight = draw.bell(sex == .female ? 1632 : 1762, spread: 66)
        adultMassIndex = max(182, draw.bell(248, spread: 34))
        pressure = (draw.bell(110, spread: 6), draw.bell(69, spread: 5))
        pulse = draw.bell(70, spread: 7)
        let habit = draw.below(100)
        smoking = habit < 62 ? .never : habit < 86 ? .former : .daily
        deviations = Analyte.allCases.map { _ in draw.bell() }
        severities = Illness.allCases.map { _ in min(draw.below(1001), draw.below(1001) + 150) }
        let fate = draw.below(1000)
        frailty = fate < 480 ? 550 : fate < 800 ? 1000 : fate < 950 ? 1500 : 2300
        attendance = draw.between(480, 960)
        var allergies: [Int] = []
        var chance = 330
        while draw.chance(chance) && allergies.count < 4 {
            let allergen = draw.index(weights: Allergen.all.map(\.weight))
            if !allergies.contains(allergen) { allergies.append(allergen) }
            chance = 400
        }
        self.allergies = allergies
        choice = draw.below(1 << 20)
    }
}
