/// A group of laboratory tests that is ordered and reported together.
package enum Panel: UInt8, Sendable {
    case metabolic, bloodCount, lipids, hemoglobinA1c, thyroid, urineAlbumin, coagulation, prostate, ferritin, vitaminD
    case urate, natriuretic, inflammation, troponin, throatTest, coronavirus, urinalysis

    /// The LOINC code of the panel and its name.
    var concept: Concept {
        switch self {
        case .metabolic:
            Concept(.loinc, "24323-8", "Comprehensive metabolic 2000 panel - Serum or Plasma")
        case .bloodCount:
            Concept(.loinc, "58410-2", "CBC panel - Blood by Automated count")
        case .lipids: Concept(.loinc, "57698-3", "Lipid panel with direct LDL - Serum or Plasma")
        case .hemoglobinA1c: Concept(.loinc, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood")
        case .thyroid: Concept(.loinc, "24348-5", "Free T4 and TSH panel - Serum or Plasma")
        case .urineAlbumin: Concept(.loinc, "14959-1", "Microalbumin/Creatinine [Mass Ratio] in Urine")
        case .coagulation: Concept(.loinc, "34528-0", "PT panel - Platelet poor plasma by Coagulation assay")
        case .prostate: Concept(.loinc, "2857-1", "Prostate specific Ag [Mass/volume] in Serum or Plasma")
        case .ferritin: Concept(.loinc, "2276-4", "Ferritin [Mass/volume] in Serum or Plasma")
        case .vitaminD: Concept(.loinc, "1989-3", "25-hydroxyvitamin D3 [Mass/volume] in Serum or Plasma")
        case .urate: Concept(.loinc, "3084-1", "Urate [Mass/volume] in Serum or Plasma")
        case .natriuretic:
            Concept(.loinc, "33762-6", "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma")
        case .inflammation: Concept(.loinc, "1988-5", "C reactive protein [Mass/volume] in Serum or Plasma")
        case .troponin: Concept(.loinc, "10839-9", "Troponin I.cardiac [Mass/volume] in Serum or Plasma")
        case .throatTest:
            Concept(.loinc, "78012-2", "Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay")
        case .coronavirus:
            Concept(.loinc, "94500-6", "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory specimen by NAA")
        case .urinalysis: Concept(.loinc, "24357-6", "Urinalysis macro (dipstick) panel - Urine")
        }
    }

    /// The measured tests, in the order of the report.
    package var analytes: [Analyte] { Panel.analytesByPanel[Int(rawValue)] }

    private static let analytesByPanel: [[Analyte]] = [
        [
            .glucose, .ureaNitrogen, .creatinine, .filtration, .sodium, .potassium, .chloride, .carbonDioxide, .calcium,
            .protein, .albumin, .bilirubin, .alkalinePhosphatase, .alanineTransferase, .aspartateTransferase,
        ],
        [
            .leukocytes, .erythrocytes, .hemoglobin, .hematocrit, .corpuscularVolume, .corpuscularHemoglobin,
            .corpuscularConcentration, .redCellWidth, .platelets, .plateletVolume,
        ],
        [.cholesterol, .triglycerides, .highDensity, .lowDensity],
        [.hemoglobinA1c], [.thyrotropin, .thyroxine], [.urineAlbumin], [.clottingTime, .clottingRatio],
        [.prostateAntigen],
        [.ferritin], [.vitaminD], [.urate], [.natriuretic], [.reactiveProtein], [.troponin], [], [],
        [.urineGravity, .urineAcidity],
    ]
}
