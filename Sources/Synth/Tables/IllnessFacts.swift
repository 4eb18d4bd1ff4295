/// How often, when and to whom a lasting illness comes, and what is done about it.
package struct IllnessFacts: Sendable {
    /// The SNOMED CT code and the name in the record.
    package let concept: Concept
    /// The ICD-10-CM code and its title.
    let billing: Concept
    /// Of a thousand people of the sex who live through all the ages of onset, how many get it.
    let perMille: Int
    /// Ages of onset in years.
    package let ages: ClosedRange<Int>
    /// Only this sex gets it.
    package let sex: Sex?
    /// An illness that must be there first, and for how many days at least.
    package let follows: (illness: Illness, days: Int)?
    /// Illnesses each of which doubles the chance.
    package let promotedBy: [Illness]
    /// Visits for it in ten years.
    let visitsPerDecade: Int
    /// Drugs in the order in which they are added.
    let drugs: [Drug]
    /// Laboratory panels at visits for it.
    let panels: [Panel]
    /// Found in hospital rather than in the practice.
    let startsInHospital: Bool
    /// What a note says of it while it goes well, and while it does not.
    let plan: (well: StaticString, ill: StaticString)

    init(
        _ snomed: StaticString, _ name: StaticString, _ icd10: StaticString, _ title: StaticString, perMille: Int,
        ages: ClosedRange<Int>, sex: Sex? = nil, follows: (illness: Illness, days: Int)? = nil,
        promotedBy: [Illness] = [], visitsPerDecade: Int = 0, drugs: [Drug] = [], panels: [Panel] = [],
        startsInHospital: Bool = false, plan: (well: StaticString, ill: StaticString)
    ) {
        concept = Concept(.snomed, snomed, name)
        billing = Concept(.icd10, icd10, title)
        self.perMille = perMille
        self.ages = ages
        self.sex = sex
        self.follows = follows
        self.promotedBy = promotedBy
        self.visitsPerDecade = visitsPerDecade
        self.drugs = drugs
        self.panels = panels
        self.startsInHospital = startsInHospital
        self.plan = plan
    }

    /// The facts of all illnesses, in the order of `Illness`.
    package static let all: [IllnessFacts] = Illness.allCases.map { illness in
        switch illness {
        case .obesity, .hypertension, .prediabetes, .diabetes, .hyperlipidemia, .neuropathy, .retinopathy,
            .hypothyroidism, .gout, .vitaminDeficiency:
            metabolic(illness)
        case .coronaryDisease, .myocardialInfarction, .atrialFibrillation, .heartFailure, .stroke, .kidneyDisease,
            .severeKidneyDisease, .kidneyFailure:
            circulatory(illness)
        default:
            other(illness)
        }
    }
}
