/// What a care plan for an illness consists of.
struct CareProgram: Sendable {
    let category: Concept
    let activities: [Concept]
    /// The words of the goal.
    let goal: StaticString
    /// The measure and the limit that it must stay below, for goals that are measured.
    let target: (analyte: Analyte, below: Int)?

    /// The program for `illness`, for those that have one.
    static func program(for illness: Illness) -> CareProgram? {
        switch illness {
        case .diabetes:
            CareProgram(
                category: Concept(.snomed, "698360004", "Diabetes self management plan"),
                activities: [
                    Concept(.snomed, "160670007", "Diabetic diet"), Concept(.snomed, "229065009", "Exercise therapy"),
                ],
                goal: "HbA1c below 7.0 percent", target: (.hemoglobinA1c, 70))
        case .hypertension:
            CareProgram(
                category: Concept(.snomed, "443402002", "Lifestyle education regarding hypertension"),
                activities: [
                    Concept(.snomed, "386619000", "Low sodium diet"), Concept(.snomed, "229065009", "Exercise therapy"),
                ],
                goal: "Blood pressure below 130/80 at home", target: nil)
        case .hyperlipidemia:
            CareProgram(
                category: Concept(.snomed, "736285004", "Hyperlipidemia clinical management plan"),
                activities: [Concept(.snomed, "226234005", "Healthy diet")], goal: "LDL cholesterol below 100 mg/dL",
                target: (.lowDensity, 100))
        case .heartFailure:
            CareProgram(
                category: Concept(.snomed, "735984001", "Heart failure self management plan"),
                activities: [
                    Concept(.snomed, "386619000", "Low sodium diet"),
                    Concept(.snomed, "183301007", "Physical exercises"),
                ],
                goal: "Daily weight within one kilogram of dry weight", target: nil)
        case .asthma:
            CareProgram(
                category: Concept(.snomed, "699728000", "Asthma self management"),
                activities: [
                    Concept(.snomed, "710818004", "Inhaled steroid therapy"),
                    Concept(.snomed, "229298005", "Breathing control"),
                ],
                goal: "Rescue inhaler less than twice a week", target: nil)
        case .lungDisease:
            CareProgram(
                category: Concept(
                    .snomed, "412776001", "Chronic obstructive pulmonary disease clinical management plan"),
                activities: [
                    Concept(.snomed, "15081005", "Pulmonary rehabilitation"),
                    Concept(.snomed, "371605008", "Deep breathing and coughing exercises"),
                ],
                goal: "Walks one mile without stopping", target: nil)
        case .dementia:
            CareProgram(
                category: Concept(.snomed, "386257007", "Demential management"),
                activities: [
                    Concept(.snomed, "850261000000100", "Education about dementia"),
                    Concept(.snomed, "315043002", "Long term social support"),
                ],
                goal: "Safe at home with daily support", target: nil)
        default: nil
        }
    }
}
