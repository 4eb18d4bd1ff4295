extension AnalyteFacts {
    /// The facts of all tests, in the order of `Analyte`.
    package static let all: [AnalyteFacts] = chemistry + bloodCount + others

    private static let chemistry: [AnalyteFacts] = [
        AnalyteFacts(
            "2345-7", "Glucose [Mass/volume] in Serum or Plasma", "Glucose", "mg/dL", level: 90, between: 5, within: 5,
            low: 65, high: 99),
        AnalyteFacts(
            "3094-0", "Urea nitrogen [Mass/volume] in Serum or Plasma", "Urea nitrogen", "mg/dL", level: 14, between: 3,
            within: 2, low: 7, high: 20),
        AnalyteFacts(
            "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "Creatinine", "mg/dL", digits: 2, level: 90,
            between: 6, within: 4, low: 70, high: 130, female: (50, 110)),
        AnalyteFacts(
            "33914-3", "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum or Plasma", "eGFR",
            "mL/min/1.73 m2", code: "mL/min/{1.73_m2}", level: 108, between: 8, within: 3, low: 60),
        AnalyteFacts(
            "2951-2", "Sodium [Moles/volume] in Serum or Plasma", "Sodium", "mmol/L", level: 140, between: 1, within: 2,
            low: 135, high: 145),
        AnalyteFacts(
            "2823-3", "Potassium [Moles/volume] in Serum or Plasma", "Potassium", "mmol/L", digits: 1, level: 42,
            between: 2, within: 2, low: 35, high: 52),
        AnalyteFacts(
            "2075-0", "Chloride [Moles/volume] in Serum or Plasma", "Chloride", "mmol/L", level: 102, between: 1,
            within: 2, low: 96, high: 107),
        AnalyteFacts(
            "2028-9", "Carbon dioxide, total [Moles/volume] in Serum or Plasma", "Bicarbonate", "mmol/L", level: 25,
            between: 1, within: 1, low: 20, high: 31),
        AnalyteFacts(
            "17861-6", "Calcium [Mass/volume] in Serum or Plasma", "Calcium", "mg/dL", digits: 1, level: 94, between: 2,
            within: 2, low: 86, high: 103),
        AnalyteFacts(
            "2885-2", "Protein [Mass/volume] in Serum or Plasma", "Protein", "g/dL", digits: 1, level: 71, between: 2,
            within: 2, low: 60, high: 83),
        AnalyteFacts(
            "1751-7", "Albumin [Mass/volume] in Serum or Plasma", "Albumin", "g/dL", digits: 1, level: 43, between: 2,
            within: 1, low: 35, high: 52),
        AnalyteFacts(
            "1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "Bilirubin", "mg/dL", digits: 1, level: 6,
            between: 2, within: 1, low: 1, high: 12),
        AnalyteFacts(
            "6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "Alkaline phosphatase",
            "U/L", level: 72, between: 14, within: 6, low: 40, high: 129, female: (35, 104)),
        AnalyteFacts(
            "1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "ALT", "U/L",
            level: 22,
            between: 6, within: 4, low: 5, high: 41, female: (5, 33)),
        AnalyteFacts(
            "1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "AST", "U/L",
            level: 21, between: 4, within: 3, low: 8, high: 40, female: (8, 32)),
    ]

    private static let bloodCount: [AnalyteFacts] = [
        AnalyteFacts(
            "6690-2", "Leukocytes [#/volume] in Blood by Automated count", "Leukocytes", "10*3/uL", digits: 1,
            level: 68,
            between: 12, within: 8, low: 40, high: 110),
        AnalyteFacts(
            "789-8", "Erythrocytes [#/volume] in Blood by Automated count", "Erythrocytes", "10*6/uL", digits: 2,
            level: 500, between: 0, within: 0, low: 435, high: 565, female: (392, 513)),
        AnalyteFacts(
            "718-7", "Hemoglobin [Mass/volume] in Blood", "Hemoglobin", "g/dL", digits: 1, level: 150, between: 6,
            within: 3, low: 132, high: 166, female: (116, 150)),
        AnalyteFacts(
            "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "Hematocrit", "%", digits: 1,
            level: 450, between: 0, within: 4, low: 383, high: 486, female: (355, 449)),
        AnalyteFacts(
            "787-2", "MCV [Entitic volume] by Automated count", "MCV", "fL", digits: 1, level: 900, between: 25,
            within: 6, low: 782, high: 979),
        AnalyteFacts(
            "785-6", "MCH [Entitic mass] by Automated count", "MCH", "pg", digits: 1, level: 300, between: 0, within: 0,
            low: 254, high: 327),
        AnalyteFacts(
            "786-4", "MCHC [Mass/volume] by Automated count", "MCHC", "g/dL", digits: 1, level: 333, between: 0,
            within: 0, low: 320, high: 360),
        AnalyteFacts(
            "788-0", "Erythrocyte distribution width [Ratio] by Automated count", "RDW", "%", digits: 1, level: 132,
            between: 5, within: 2, low: 118, high: 145),
        AnalyteFacts(
            "777-3", "Platelets [#/volume] in Blood by Automated count", "Platelets", "10*3/uL", level: 250,
            between: 40,
            within: 15, low: 150, high: 400),
        AnalyteFacts(
            "32623-1", "Platelet mean volume [Entitic volume] in Blood by Automated count", "MPV", "fL", digits: 1,
            level: 101, between: 6, within: 2, low: 75, high: 125),
    ]

    private static let others: [AnalyteFacts] = [
        AnalyteFacts(
            "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "Cholesterol", "mg/dL", level: 178, between: 18,
            within: 7, high: 199),
        AnalyteFacts(
            "2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "Triglycerides", "mg/dL", level: 108,
            between: 25,
            within: 15, high: 149),
        AnalyteFacts(
            "2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma", "HDL", "mg/dL", level: 48, between: 7,
            within: 3, low: 40, female: (50, nil)),
        AnalyteFacts(
            "18262-6", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay", "LDL", "mg/dL",
            level: 105,
            between: 0, within: 0, high: 129),
        AnalyteFacts(
            "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "HbA1c", "%", digits: 1, level: 53, between: 2,
            within: 1, low: 40, high: 56),
        AnalyteFacts(
            "3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "TSH", "uIU/mL", code: "u[IU]/mL", digits: 2,
            level: 205,
            between: 60, within: 30, low: 40, high: 450),
        AnalyteFacts(
            "3024-7", "Thyroxine (T4) free [Mass/volume] in Serum or Plasma", "Free T4", "ng/dL", digits: 2, level: 122,
            between: 12, within: 6, low: 82, high: 177),
        AnalyteFacts(
            "14959-1", "Microalbumin/Creatinine [Mass Ratio] in Urine", "Urine albumin/creatinine", "mg/g", digits: 1,
            level: 90, between: 30, within: 20, high: 300),
        AnalyteFacts(
            "5902-2", "Prothrombin time (PT)", "PT", "s", digits: 1, level: 120, between: 4, within: 3, low: 110,
            high: 135),
        AnalyteFacts(
            "6301-6", "INR in Platelet poor plasma by Coagulation assay", "INR", "INR", code: "{INR}", digits: 1,
            level: 10,
            between: 0, within: 0, low: 8, high: 12),
        AnalyteFacts(
            "2857-1", "Prostate specific Ag [Mass/volume] in Serum or Plasma", "PSA", "ng/mL", digits: 2, level: 90,
            between: 30, within: 12, high: 400),
        AnalyteFacts(
            "2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "Ferritin", "ng/mL", level: 110, between: 35,
            within: 12, low: 30, high: 400, female: (15, 150)),
        AnalyteFacts(
            "1989-3", "25-hydroxyvitamin D3 [Mass/volume] in Serum or Plasma", "Vitamin D", "ng/mL", digits: 1,
            level: 335, between: 45, within: 30, low: 300, high: 1000),
        AnalyteFacts(
            "3084-1", "Urate [Mass/volume] in Serum or Plasma", "Urate", "mg/dL", digits: 1, level: 56, between: 7,
            within: 3, low: 37, high: 86, female: (26, 62)),
        AnalyteFacts(
            "33762-6", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma", "NT-proBNP",
            "pg/mL", level: 90, between: 30, within: 15, high: 300),
        AnalyteFacts(
            "1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "CRP", "mg/L", digits: 1, level: 16,
            between: 7, within: 6, high: 80),
        AnalyteFacts(
            "10839-9", "Troponin I.cardiac [Mass/volume] in Serum or Plasma", "Troponin I", "ng/mL", digits: 2,
            level: 1,
            between: 0, within: 0, high: 4),
        AnalyteFacts(
            "5811-5", "Specific gravity of Urine by Test strip", "Urine specific gravity", "{nominal}", digits: 3,
            level: 1016, between: 2, within: 4, low: 1005, high: 1030),
        AnalyteFacts(
            "5803-2", "pH of Urine by Test strip", "Urine pH", "pH", code: "[pH]", digits: 1, level: 60, between: 3,
            within: 5,
            low: 50, high: 80),
    ]
}
