/// A procedure done to a patient.
enum Intervention: UInt8, Sendable {
    case colonoscopy, mammography, electrocardiogram, echocardiogram, spirometry, coronaryIntervention, coronaryBypass
    case chestXray, ankleXray, wristXray, kneeXray, suture, appendectomy, kneeReplacement, dialysis, boneDensity
    case medicationReconciliation, depressionScreening, colectomy, mastectomy, biopsyOfProstate, headScan, chemotherapy
    case fundalHeight, fetalHeartbeat, childbirth, fallRisk

    /// The SNOMED CT code and name.
    var concept: Concept {
        switch self {
        case .colonoscopy: Concept(.snomed, "73761001", "Colonoscopy")
        case .mammography: Concept(.snomed, "24623002", "Screening mammography")
        case .electrocardiogram: Concept(.snomed, "29303009", "Electrocardiographic procedure")
        case .echocardiogram: Concept(.snomed, "433236007", "Transthoracic echocardiography")
        case .spirometry: Concept(.snomed, "127783003", "Spirometry")
        case .coronaryIntervention: Concept(.snomed, "415070008", "Percutaneous coronary intervention")
        case .coronaryBypass: Concept(.snomed, "232717009", "Coronary artery bypass grafting")
        case .chestXray: Concept(.snomed, "399208008", "Plain chest X-ray")
        case .ankleXray: Concept(.snomed, "19490002", "Ankle X-ray")
        case .wristXray: Concept(.snomed, "60027007", "X-ray of wrist")
        case .kneeXray: Concept(.snomed, "74016001", "Knee X-ray")
        case .suture: Concept(.snomed, "288086009", "Suture open wound")
        case .appendectomy: Concept(.snomed, "80146002", "Appendectomy")
        case .kneeReplacement: Concept(.snomed, "609588000", "Total knee replacement")
        case .dialysis: Concept(.snomed, "265764009", "Renal dialysis")
        case .boneDensity: Concept(.snomed, "312681000", "Bone density scan")
        case .medicationReconciliation: Concept(.snomed, "430193006", "Medication reconciliation")
        case .depressionScreening: Concept(.snomed, "171207006", "Depression screening")
        case .colectomy: Concept(.snomed, "43075005", "Partial resection of colon")
        case .mastectomy: Concept(.snomed, "392021009", "Lumpectomy of breast")
        case .biopsyOfProstate: Concept(.snomed, "65575008", "Biopsy of prostate")
        case .headScan: Concept(.snomed, "303653007", "Computed tomography of head")
        case .chemotherapy: Concept(.snomed, "367336001", "Chemotherapy")
        case .fundalHeight: Concept(.snomed, "274804006", "Evaluation of uterine fundal height")
        case .fetalHeartbeat: Concept(.snomed, "225158009", "Auscultation of the fetal heart")
        case .childbirth: Concept(.snomed, "66348005", "Childbirth")
        case .fallRisk: Concept(.snomed, "414191008", "Fall risk assessment")
        }
    }

    /// How long it takes, in minutes.
    var minutes: Int {
        switch self {
        case .coronaryBypass: 260
        case .dialysis: 225
        case .kneeReplacement, .colectomy: 110
        case .mastectomy, .appendectomy, .coronaryIntervention, .chemotherapy: 75
        case .childbirth: 320
        case .colonoscopy, .echocardiogram: 35
        default: 12
        }
    }
}
