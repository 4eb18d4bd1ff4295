/// A measured test of blood or urine. The order is fixed: each patient's habitual levels are drawn along it.
package enum Analyte: Int, CaseIterable, Sendable {
    case glucose, ureaNitrogen, creatinine, filtration, sodium, potassium, chloride, carbonDioxide, calcium, protein
    case albumin, bilirubin, alkalinePhosphatase, alanineTransferase, aspartateTransferase
    case leukocytes, erythrocytes, hemoglobin, hematocrit, corpuscularVolume, corpuscularHemoglobin
    case corpuscularConcentration, redCellWidth, platelets, plateletVolume
    case cholesterol, triglycerides, highDensity, lowDensity
    case hemoglobinA1c, thyrotropin, thyroxine, urineAlbumin, clottingTime, clottingRatio, prostateAntigen, ferritin
    case vitaminD, urate, natriuretic, reactiveProtein, troponin, urineGravity, urineAcidity

    /// How the test is named, measured and judged.
    var facts: AnalyteFacts { AnalyteFacts.all[rawValue] }
}
