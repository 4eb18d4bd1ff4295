/// A drug as it is prescribed.
package struct Drug: Sendable {
    let concept: Concept
    /// The RxNorm code as a number, by which drugs are told apart.
    package let number: Int
    /// The instruction on the label.
    let instruction: StaticString
    /// How often a day it is taken; 0 for once a week.
    let timesPerDay: Int
    let isAsNeeded: Bool
    /// Days of one course; nil for a drug taken without an end, whose prescription is renewed each year.
    let courseDays: Int?

    init(
        _ code: StaticString, _ display: StaticString, _ instruction: StaticString, timesPerDay: Int = 1,
        asNeeded: Bool = false, courseDays: Int? = nil
    ) {
        concept = Concept(.rxNorm, code, display)
        var number = 0
        for offset in 0..<code.utf8CodeUnitCount { number = number * 10 + Int(code.utf8Start[offset]) - 0x30 }
        self.number = number
        self.instruction = instruction
        self.timesPerDay = timesPerDay
        isAsNeeded = asNeeded
        self.courseDays = courseDays
    }

    /// True where it is taken once a week.
    var isWeekly: Bool { timesPerDay == 0 }

    static let acetaminophen = Drug(
        "313782", "Acetaminophen 325 MG Oral Tablet", "Take two tablets every six hours as needed for pain or fever.",
        timesPerDay: 4, asNeeded: true, courseDays: 10)
    static let albuterol = Drug(
        "745679", "200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler",
        "Inhale two puffs every four to six hours as needed for wheezing.", timesPerDay: 4, asNeeded: true)
    static let alendronate = Drug(
        "904419", "Alendronic acid 10 MG Oral Tablet", "Take one tablet each morning with water, upright, before food.")
    static let allopurinol = Drug("197319", "Allopurinol 100 MG Oral Tablet", "Take one tablet daily after a meal.")
    static let amlodipine = Drug("197361", "Amlodipine 5 MG Oral Tablet", "Take one tablet daily.")
    /// A penicillin.
    package static let amoxicillin = Drug(
        "308192", "Amoxicillin 500 MG Oral Tablet", "Take one tablet three times a day until finished.", timesPerDay: 3,
        courseDays: 10)
    /// A penicillin.
    package static let amoxicillinClavulanate = Drug(
        "562251", "Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet",
        "Take one tablet three times a day until finished.", timesPerDay: 3, courseDays: 10)
    static let anastrozole = Drug("199224", "anastrozole 1 MG Oral Tablet", "Take one tablet daily.")
    static let aspirin = Drug("243670", "Aspirin 81 MG Oral Tablet", "Take one tablet daily.")
    static let atorvastatin = Drug("259255", "Atorvastatin 80 MG Oral Tablet", "Take one tablet each evening.")
    static let azithromycin = Drug(
        "308460", "azithromycin 250 MG Oral Tablet", "Take two tablets on the first day, then one daily.", courseDays: 5
    )
    static let cetirizine = Drug(
        "1014676", "cetirizine hydrochloride 5 MG Oral Tablet", "Take one tablet daily in season.", asNeeded: true)
    static let clopidogrel = Drug("309362", "Clopidogrel 75 MG Oral Tablet", "Take one tablet daily.")
    static let contraceptive = Drug("748879", "Levora 0.15/30 28 Day Pack", "Take one tablet daily at the same time.")
    static let digoxin = Drug("197604", "Digoxin 0.125 MG Oral Tablet", "Take one tablet daily.")
    static let donepezil = Drug(
        "997223", "Donepezil hydrochloride 10 MG Oral Tablet", "Take one tablet each evening.")
    static let epoetin = Drug(
        "205923", "1 ML Epoetin Alfa 4000 UNT/ML Injection [Epogen]", "Given at dialysis.")
    static let escitalopram = Drug("349332", "escitalopram 10 MG Oral Tablet", "Take one tablet each morning.")
    static let ferrousSulfate = Drug(
        "310325", "ferrous sulfate 325 MG Oral Tablet", "Take one tablet daily with juice, not with milk.")
    static let finasteride = Drug("310346", "finasteride 5 MG Oral Tablet", "Take one tablet daily.")
    static let fluticasone = Drug(
        "895994", "120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler",
        "Inhale two puffs twice daily and rinse the mouth.", timesPerDay: 2)
    static let fluticasoneSalmeterol = Drug(
        "896209", "60 ACTUAT Fluticasone propionate 0.25 MG/ACTUAT / salmeterol 0.05 MG/ACTUAT Dry Powder Inhaler",
        "Inhale one dose twice daily.", timesPerDay: 2)
    static let furosemide = Drug("313988", "Furosemide 40 MG Oral Tablet", "Take one tablet each morning.")
    static let hydrochlorothiazide = Drug(
        "310798", "Hydrochlorothiazide 25 MG Oral Tablet", "Take one tablet each morning.")
    static let hydrocortisone = Drug(
        "106258", "Hydrocortisone 10 MG/ML Topical Cream", "Apply thinly to the affected skin.", timesPerDay: 2,
        asNeeded: true, courseDays: 14)
    static let ibuprofen = Drug(
        "310965", "Ibuprofen 200 MG Oral Tablet", "Take two tablets every six hours with food as needed for pain.",
        timesPerDay: 4, asNeeded: true, courseDays: 10)
    static let insulin = Drug(
        "106892",
        "insulin isophane, human 70 UNT/ML / insulin, regular, human 30 UNT/ML Injectable Suspension [Humulin]",
        "Inject under the skin before breakfast and before supper.", timesPerDay: 2)
    static let levothyroxine = Drug(
        "966222", "Levothyroxine Sodium 0.075 MG Oral Tablet", "Take one tablet on waking, half an hour before food.")
    static let lisinopril = Drug("314076", "lisinopril 10 MG Oral Tablet", "Take one tablet daily.")
    static let losartan = Drug("979492", "losartan potassium 50 MG Oral Tablet", "Take one tablet daily.")
    static let metformin = Drug(
        "860975", "24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet",
        "Take two tablets daily with the evening meal.")
    static let methotrexate = Drug(
        "105585", "methotrexate 2.5 MG Oral Tablet", "Take six tablets once a WEEK, on the same day.", timesPerDay: 0)
    static let metoprolol = Drug(
        "866412", "24 HR metoprolol succinate 100 MG Extended Release Oral Tablet", "Take one tablet daily.")
    static let methylphenidate = Drug(
        "1091392", "Methylphenidate Hydrochloride 20 MG Oral Tablet", "Take one tablet each morning on school days.")
    static let naproxen = Drug(
        "849574", "Naproxen sodium 220 MG Oral Tablet", "Take one tablet twice daily with food as needed for pain.",
        timesPerDay: 2, asNeeded: true, courseDays: 14)
    static let nitrofurantoin = Drug(
        "311995", "NITROFURANTOIN, MACROCRYSTALS 50 MG Oral Capsule", "Take one capsule four times a day with food.",
        timesPerDay: 4, courseDays: 7)
    static let nitroglycerin = Drug(
        "705129", "Nitroglycerin 0.4 MG/ACTUAT Mucosal Spray",
        "One spray under the tongue for chest pain; call 911 if it lasts five minutes.", asNeeded: true)
    static let omeprazole = Drug(
        "198051", "omeprazole 20 MG Delayed Release Oral Capsule", "Take one capsule before breakfast.")
    static let oxycodone = Drug(
        "1049221", "Acetaminophen 325 MG / Oxycodone Hydrochloride 5 MG Oral Tablet",
        "Take one tablet every six hours as needed for severe pain.", timesPerDay: 4, asNeeded: true, courseDays: 5)
    /// The penicillin that is taken by mouth.
    package static let penicillin = Drug(
        "834061", "Penicillin V Potassium 250 MG Oral Tablet", "Take one tablet four times a day until finished.",
        timesPerDay: 4, courseDays: 10)
    static let phenytoin = Drug(
        "1313112", "Phenytoin 25 MG/ML Oral Suspension", "Take as measured, three times a day.",
        timesPerDay: 3)
    static let prednisone = Drug(
        "312617", "predniSONE 5 MG Oral Tablet", "Take eight tablets daily for five days.", courseDays: 5)
    static let sertraline = Drug("312941", "sertraline 50 MG Oral Tablet", "Take one tablet each morning.")
    static let simvastatin = Drug("312961", "Simvastatin 20 MG Oral Tablet", "Take one tablet each evening.")
    static let tamsulosin = Drug(
        "863669", "tamsulosin hydrochloride 0.4 MG Oral Capsule", "Take one capsule daily after the same meal.")
    static let warfarin = Drug(
        "855332", "Warfarin Sodium 5 MG Oral Tablet", "Take as directed by the clinic's last blood test.")
}
