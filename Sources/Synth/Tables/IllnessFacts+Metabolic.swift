extension IllnessFacts {
    /// Illnesses of metabolism, with hypertension.
    static func metabolic(_ illness: Illness) -> IllnessFacts {
        switch illness {
        case .obesity:
            IllnessFacts(
                "414916001", "Obesity", "E66.9", "Obesity, unspecified", perMille: 360, ages: 12...60,
                visitsPerDecade: 2,
                plan: (
                    "Weight is coming down; keep up the walking programme and the meal plan.",
                    "Weight unchanged. Talked about portions and sweet drinks; dietician visit offered."
                ))
        case .prediabetes:
            IllnessFacts(
                "15777000", "Prediabetes", "R73.03", "Prediabetes", perMille: 260, ages: 30...75,
                promotedBy: [.obesity], visitsPerDecade: 4, panels: [.hemoglobinA1c],
                plan: (
                    "Glucose stays below the diabetic range; recheck in a year.",
                    "Glucose is edging up. Diet and exercise reviewed; recheck in six months."
                ))
        case .diabetes:
            IllnessFacts(
                "44054006", "Type 2 diabetes mellitus", "E11.9", "Type 2 diabetes mellitus without complications",
                perMille: 170, ages: 32...80, promotedBy: [.obesity, .prediabetes], visitsPerDecade: 26,
                drugs: [.metformin, .insulin], panels: [.hemoglobinA1c, .urineAlbumin, .metabolic],
                plan: (
                    "At goal. Continue present treatment, home glucose log reviewed, foot examination normal.",
                    "Not at goal. Adherence and diet reviewed, treatment stepped up; repeat HbA1c in three months."
                ))
        case .hyperlipidemia:
            IllnessFacts(
                "55822004", "Hyperlipidemia", "E78.5", "Hyperlipidemia, unspecified", perMille: 420, ages: 28...75,
                promotedBy: [.obesity], visitsPerDecade: 5, drugs: [.simvastatin], panels: [.lipids],
                plan: (
                    "Lipids at goal on statin, no muscle pain.",
                    "LDL above goal. Advised on diet and on taking the statin every evening."
                ))
        case .neuropathy:
            IllnessFacts(
                "368581000119106", "Neuropathy due to type 2 diabetes mellitus", "E11.40",
                "Type 2 diabetes mellitus with diabetic neuropathy, unspecified", perMille: 300, ages: 40...90,
                follows: (.diabetes, 1800), visitsPerDecade: 4,
                plan: (
                    "Sensation unchanged on monofilament; daily foot checks at home.",
                    "Burning feet at night; sensation reduced to the ankles. Referred to podiatry."
                ))
        case .retinopathy:
            IllnessFacts(
                "422034002", "Retinopathy due to type 2 diabetes mellitus", "E11.319",
                "Type 2 diabetes mellitus with unspecified diabetic retinopathy without macular edema", perMille: 220,
                ages: 42...90, follows: (.diabetes, 2400), visitsPerDecade: 3,
                plan: (
                    "Stable at the last eye examination.",
                    "Due for the eye clinic; new blurring reported, appointment made."
                ))
        case .hypothyroidism:
            IllnessFacts(
                "40930008", "Hypothyroidism", "E03.9", "Hypothyroidism, unspecified", perMille: 80, ages: 20...80,
                visitsPerDecade: 10, drugs: [.levothyroxine], panels: [.thyroid],
                plan: (
                    "TSH within range on present dose.", "Tired and cold; TSH outside range, dose adjusted."
                ))
        case .gout:
            IllnessFacts(
                "90560007", "Gout", "M10.9", "Gout, unspecified", perMille: 50, ages: 35...80,
                promotedBy: [.obesity, .hypertension], visitsPerDecade: 5, drugs: [.allopurinol], panels: [.urate],
                plan: (
                    "No flare since the last visit; continue allopurinol.",
                    "Flare of the great toe. Naproxen for a week, then review urate."
                ))
        case .vitaminDeficiency:
            IllnessFacts(
                "34713006", "Vitamin D deficiency", "E55.9", "Vitamin D deficiency, unspecified", perMille: 130,
                ages: 18...85, visitsPerDecade: 1, panels: [.vitaminD],
                plan: (
                    "Level restored; continue with diet and sun.",
                    "Level low; over-the-counter replacement advised for twelve weeks."
                ))
        default:
            IllnessFacts(
                "59621000", "Essential hypertension", "I10", "Essential (primary) hypertension", perMille: 460,
                ages: 26...80, promotedBy: [.obesity], visitsPerDecade: 14,
                drugs: [.lisinopril, .hydrochlorothiazide, .amlodipine], panels: [.metabolic],
                plan: (
                    "Blood pressure at goal; continue present treatment and home readings.",
                    "Blood pressure above goal. Salt and alcohol discussed, treatment stepped up, recheck in weeks."
                ))
        }
    }
}
