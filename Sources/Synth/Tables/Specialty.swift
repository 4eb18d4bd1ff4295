/// What a clinician practises.
enum Specialty: Int, CaseIterable, Sendable {
    case familyMedicine, internalMedicine, pediatrics, emergency, hospitalist, cardiology, surgery, obstetrics
    case nephrology, psychiatry

    /// The code of the Health Care Provider Taxonomy.
    var concept: Concept {
        switch self {
        case .familyMedicine: Concept(.providerTaxonomy, "207Q00000X", "Family Medicine Physician")
        case .internalMedicine: Concept(.providerTaxonomy, "207R00000X", "Internal Medicine Physician")
        case .pediatrics: Concept(.providerTaxonomy, "208000000X", "Pediatrics Physician")
        case .emergency: Concept(.providerTaxonomy, "207P00000X", "Emergency Medicine Physician")
        case .hospitalist: Concept(.providerTaxonomy, "208M00000X", "Hospitalist Physician")
        case .cardiology: Concept(.providerTaxonomy, "207RC0000X", "Cardiovascular Disease Physician")
        case .surgery: Concept(.providerTaxonomy, "208600000X", "Surgery Physician")
        case .obstetrics: Concept(.providerTaxonomy, "207V00000X", "Obstetrics & Gynecology Physician")
        case .nephrology: Concept(.providerTaxonomy, "207RN0300X", "Nephrology Physician")
        case .psychiatry: Concept(.providerTaxonomy, "2084P0800X", "Psychiatry Physician")
        }
    }

    /// True for those who work in the clinic, false for those of the hospital.
    var isInClinic: Bool { rawValue <= Specialty.pediatrics.rawValue }
}
